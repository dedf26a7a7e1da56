import type { Path } from "../contract/spec-problems.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import { resolveTemplates, templatesIn } from "../workflow/template.ts";
import { listsIn } from "../workflow/step-tree.ts";

type Values = Readonly<Record<string, unknown>>;

/** One call that a workflow would make, as far as that can be said before it runs. */
export type ForeseenCall = {
  /** The workflow that holds it: the empty name for the outermost one. */
  readonly workflow: string;
  readonly spec: WorkflowSpec;
  readonly step: StepSpec;
  /** As the run would name it, without the numbers of rounds. */
  readonly key: string;
  readonly path: Path;
  readonly capability: string;
  readonly compensates: boolean;
  /** Inputs whose value is known; the others depend on what a step gives. */
  readonly known: Values;
  readonly unknown: readonly string[];
};

/** Every call of a workflow and its sub-workflows, in the order in which they would begin; both branches of a condition. */
export function callsOf(
  spec: WorkflowSpec,
  subSpecs: Readonly<Record<string, WorkflowSpec>>,
  inputs: Values = {},
): ForeseenCall[] {
  const walk = { subSpecs, workflow: "", spec, variables: { ...spec.initial_state, ...inputs }, prefix: "" };
  const globals = spec.global_compensation_steps.map((each, index) =>
    compensationCall(walk, stepOf(each.step_name ?? `global_compensation_${index + 1}`), each, [
      "global_compensation_steps",
      index,
    ]),
  );
  return [...callsIn(walk, spec.steps, ["steps"]), ...globals];
}

type Walk = {
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  readonly workflow: string;
  readonly spec: WorkflowSpec;
  readonly variables: Values;
  readonly prefix: string;
};

function callsIn(walk: Walk, steps: readonly StepSpec[], path: Path): ForeseenCall[] {
  return steps.flatMap((step, index) => {
    const at = [...path, index];
    const { capability_name, compensation } = step;
    const own =
      capability_name === undefined || step.step_type === "HUMAN_APPROVAL"
        ? []
        : [callOf(walk, step, capability_name, step.inputs, at, step.step_type === "COMPENSATION")];
    const back =
      compensation === undefined ? [] : [compensationCall(walk, step, compensation, [...at, "compensation"])];
    const inner = { ...walk, prefix: `${walk.prefix}${step.name}/` };
    const nested = listsIn(step, at).flatMap((list) => callsIn(inner, list.steps, list.path));
    return [...own, ...back, ...nested, ...callsOfSubWorkflow(inner, step)];
  });
}

function callsOfSubWorkflow(walk: Walk, { workflow, inputs }: StepSpec): ForeseenCall[] {
  const spec = workflow === undefined ? undefined : walk.subSpecs[workflow];
  if (workflow === undefined || spec === undefined) return [];
  const { known } = split(inputs, walk.variables);
  const variables = { ...spec.initial_state, ...known };
  return callsIn({ ...walk, workflow, spec, variables }, spec.steps, ["steps"]);
}

function compensationCall(
  walk: Walk,
  step: StepSpec,
  { capability_name, inputs }: { readonly capability_name: string; readonly inputs: Values },
  path: Path,
): ForeseenCall {
  return callOf(walk, step, capability_name, inputs, path, true);
}

function callOf(
  { workflow, spec, variables, prefix }: Walk,
  step: StepSpec,
  capability: string,
  inputs: Values,
  path: Path,
  compensates: boolean,
): ForeseenCall {
  const key = `${prefix}${step.name}`;
  return { workflow, spec, step, key, path, capability, compensates, ...split(inputs, variables) };
}

/** What can be resolved now, and the names of what cannot. */
function split(inputs: Values, variables: Values): Pick<ForeseenCall, "known" | "unknown"> {
  const known: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const isOpen = templatesIn(value).some(({ path }) => !Object.hasOwn(variables, path.split(".")[0] ?? ""));
    if (isOpen) unknown.push(name);
    else known[name] = resolveTemplates(value, variables, "keep", name);
  }
  return { known, unknown };
}

function stepOf(name: string): StepSpec {
  return {
    name,
    step_type: "COMPENSATION",
    inputs: {},
    agent_name: "",
    depends_on: [],
    max_retries: 0,
    timeout_seconds: 300,
    risk_level: "MEDIUM",
    as: "item",
    max_concurrency: 1,
  };
}
