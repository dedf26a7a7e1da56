import { isObject } from "../contract/json.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import { capabilityOf } from "./capability-of.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** What templates and conditions can name at one place of a workflow. */
export type Scope = {
  /** Schemas of what each step in reach returns. */
  readonly steps: ReadonlyMap<string, Schema>;
  /** Names beside the steps: initial state, merged outputs, the workflow's id, the element of a foreach. */
  readonly names: ReadonlySet<string>;
  /** Whether there may be further names, because the outputs of a step are not known. */
  readonly isOpen: boolean;
};

/** The schema of what a capability returns; undefined where it is not known. */
export type OutputsOf = (capability: string) => Schema | undefined;

const UNKNOWN: Schema = { type: "object", additionalProperties: true };
const ROUNDS = closed({ results: { type: "array" }, count: { type: "integer" } });
const OUTPUTS: Readonly<Record<Exclude<StepSpec["step_type"], "ACTION">, Schema>> = {
  HUMAN_APPROVAL: closed({ approved: { type: "boolean" } }),
  CONDITION: closed({ result: { type: "boolean" } }),
  PARALLEL: closed({}),
  COMPENSATION: closed({}),
  WORKFLOW: UNKNOWN,
};
const BUILTINS = ["workflow_id", "workflow_name", "run_id"];

/** What the workflow's own steps see. */
export function outermostScope(spec: WorkflowSpec, outputsOf: OutputsOf, given: readonly string[]): Scope {
  const base: Scope = {
    steps: new Map(),
    names: new Set([
      ...BUILTINS,
      ...Object.keys(spec.initial_state),
      ...fieldsOf(spec.inputs ?? {}),
      ...given,
    ]),
    isOpen: false,
  };
  return widen(base, spec.steps, outputsOf);
}

/** What the steps inside a block see: those of a foreach round have a scope of their own, others share the block's. */
export function scopeInside(
  scope: Scope,
  block: StepSpec,
  steps: readonly StepSpec[],
  outputsOf: OutputsOf,
): Scope {
  return block.foreach === undefined ? scope : widen(roundScope(scope, block), steps, outputsOf);
}

/** What the inputs of a step itself see. */
export function scopeOfStep(scope: Scope, step: StepSpec): Scope {
  return step.foreach === undefined ? scope : roundScope(scope, step);
}

/** Whether a value of the schema can have a member at the path. */
export function canHave(schema: unknown, path: readonly string[]): boolean {
  const [head, ...rest] = path;
  if (!isObject(schema) || head === undefined) return true;
  const { type, properties, additionalProperties, items } = schema;
  if (type === "array" && isObject(items)) return /^\d+$/.test(head) && canHave(items, rest);
  if (type !== "object") return typeof type !== "string" || type === "array";
  if (isObject(properties) && Object.hasOwn(properties, head)) return canHave(properties[head], rest);
  return additionalProperties !== false;
}

/** The names of the fields that a schema lists. */
export function fieldsOf({ properties }: Schema): string[] {
  return isObject(properties) ? Object.keys(properties) : [];
}

function roundScope(scope: Scope, step: StepSpec): Scope {
  return { ...scope, names: new Set([...scope.names, step.as, "index"]) };
}

function widen(scope: Scope, steps: readonly StepSpec[], outputsOf: OutputsOf): Scope {
  const known = new Map(scope.steps);
  const names = new Set(scope.names);
  let { isOpen } = scope;
  for (const step of withSharedChildren(steps)) {
    const schema = outputsOfStep(step, outputsOf);
    known.set(step.name, schema);
    if (schema["additionalProperties"] !== false) isOpen = true;
    for (const name of fieldsOf(schema)) names.add(name);
  }
  return { steps: known, names, isOpen };
}

/** The steps of a list and of the blocks in it that put their outputs beside their own. */
function withSharedChildren(steps: readonly StepSpec[]): StepSpec[] {
  return steps.flatMap((step) => {
    if (step.foreach !== undefined) return [step];
    return [step, ...withSharedChildren([...(step.steps ?? []), ...(step.then ?? []), ...(step.else ?? [])])];
  });
}

function outputsOfStep(step: StepSpec, outputsOf: OutputsOf): Schema {
  if (step.foreach !== undefined) return ROUNDS;
  if (step.step_type !== "ACTION") return OUTPUTS[step.step_type];
  // The runtime closes an outputs schema that does not say otherwise.
  return { additionalProperties: false, ...(outputsOf(capabilityOf(step)) ?? UNKNOWN) };
}

function closed(properties: Readonly<Record<string, unknown>>): Schema {
  return { type: "object", properties, additionalProperties: false };
}
