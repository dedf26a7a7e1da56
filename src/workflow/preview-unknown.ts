import type { CapabilitySpec } from "../contract/capability.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { capabilityOf, contractIfKnown } from "./capability-of.ts";
import { parseExpression } from "./expression.ts";
import { templatesIn } from "./template.ts";

type Variables = Readonly<Record<string, unknown>>;

/** Something that is read, and the step that it comes from and that has not run. */
export type Dependency = { readonly path: string; readonly step: string };

const MAX_DEPTH = 500;

const stepOfMarker = new WeakMap<object, string>();
const stepOfOpenOutputs = new WeakMap<object, string>();
const found = new WeakMap<object, string | null>();

/** Stands for a value that only the step itself can give. */
export function markerOf(step: string): object {
  const marker = Object.freeze({});
  stepOfMarker.set(marker, step);
  return marker;
}

/** Outputs of a step that was not run: a marker under each name. `isOpen`: there may be more than these names. */
export function unknownOutputs(
  step: string,
  names: Iterable<string>,
  isOpen: boolean,
): Record<string, unknown> {
  const marker = markerOf(step);
  const outputs = Object.fromEntries([...names].map((name) => [name, marker]));
  if (isOpen) stepOfOpenOutputs.set(outputs, step);
  return outputs;
}

/** The first template in a value that reads what is not known. */
export function unknownInTemplates(value: unknown, variables: Variables): Dependency | undefined {
  return firstUnknown(
    templatesIn(value).map(({ path }) => path),
    variables,
  );
}

/** The same of a CEL expression. @throws EXPRESSION_INVALID */
export async function unknownInExpression(
  expression: string,
  variables: Variables,
): Promise<Dependency | undefined> {
  return firstUnknown((await parseExpression(expression)).paths, variables);
}

function firstUnknown(paths: readonly string[], variables: Variables): Dependency | undefined {
  for (const path of paths) {
    const step = stepBehind(path, variables);
    if (step !== undefined) return { path, step };
  }
  return undefined;
}

function stepBehind(path: string, variables: Variables): string | undefined {
  let value: unknown = variables;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    const marked = stepOfMarker.get(value);
    if (marked !== undefined) return marked;
    if (!Object.hasOwn(value, part))
      return value === variables ? anyOpen(variables) : stepOfOpenOutputs.get(value);
    value = (value as Variables)[part];
  }
  return search(value, 0) ?? undefined;
}

/** A step whose outputs may have any name may have defined the variable that is missing. */
function anyOpen(variables: Variables): string | undefined {
  for (const value of Object.values(variables)) {
    const step = typeof value === "object" && value !== null ? stepOfOpenOutputs.get(value) : undefined;
    if (step !== undefined) return step;
  }
  return undefined;
}

/** The step of the first marker inside a value. Values never change, so each is searched once. */
function search(value: unknown, depth: number): string | null {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return null;
  const marked = stepOfMarker.get(value);
  if (marked !== undefined) return marked;
  const known = found.get(value);
  if (known !== undefined) return known;
  let step: string | null = null;
  for (const inner of Object.values(value)) {
    step = search(inner, depth + 1);
    if (step !== null) break;
  }
  found.set(value, step);
  return step;
}

/** Whether a contract lets its handler return more than it names. */
export function hasOpenOutputs({ outputs }: CapabilitySpec): boolean {
  return ["additionalProperties", "unevaluatedProperties"].some(
    (key) => key in outputs && outputs[key] !== false,
  );
}

/** The names that a contract gives to outputs. */
export function outputNames({ outputs }: CapabilitySpec): string[] {
  return Object.keys(outputs.properties ?? {});
}

/** The steps of a sub-workflow; none where there is no such workflow. */
export function stepsOfWorkflow(
  subSpecs: ReadonlyMap<string, WorkflowSpec>,
  workflow: string,
): readonly StepSpec[] {
  return subSpecs.get(workflow)?.steps ?? [];
}

/** The names of all variables that a step may set around it, with those that the steps in it set. */
export function variablesSetBy(
  registry: Pick<Registry, "capability">,
  subSpecs: ReadonlyMap<string, WorkflowSpec>,
  spec: StepSpec,
  seen = new Set<string>(),
): string[] {
  if (spec.foreach !== undefined) return ["results", "count"];
  switch (spec.step_type) {
    case "ACTION": {
      const contract = contractIfKnown(registry, capabilityOf(spec));
      return contract === undefined ? [] : outputNames(contract);
    }
    case "HUMAN_APPROVAL":
      return ["approved"];
    case "CONDITION":
    case "PARALLEL":
      return [
        "result",
        ...[...(spec.then ?? []), ...(spec.else ?? []), ...(spec.steps ?? [])].flatMap(withName),
      ];
    case "WORKFLOW": {
      const { workflow = "" } = spec;
      if (seen.has(workflow)) return [];
      seen.add(workflow);
      return stepsOfWorkflow(subSpecs, workflow).flatMap(withName);
    }
    case "COMPENSATION":
      return [];
    default:
      return spec.step_type satisfies never;
  }

  function withName(inner: StepSpec): string[] {
    return [inner.name, ...variablesSetBy(registry, subSpecs, inner, seen)];
  }
}
