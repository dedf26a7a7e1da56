import { pointerParts, pointerStep } from "../contract/json-pointer.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { lookUp } from "../kernel/look-up.ts";
import { compileValidator, type Mismatch, type Validator } from "../kernel/validate.ts";
import { type StepList, stepListsOf } from "./step-tree.ts";
import { templatesIn } from "./template.ts";

type Use = {
  readonly capability: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly path: Path;
};

/** Whether every capability that the workflow names exists and accepts the literal inputs that it is given. */
export function checkCapabilities(spec: WorkflowSpec, registry: Registry): Problem[] {
  return usesOf(spec).flatMap((use) => {
    const result = lookUp(() => compileValidator(registry.capability(use.capability).spec.inputs));
    if ("found" in result) return checkInputs(result.found, use);
    return [{ path: [...use.path, "capability_name"], message: result.error.message }];
  });
}

/** Where a workflow names capabilities, its compensations included. */
export function usesOf(spec: WorkflowSpec): Use[] {
  const inSteps = stepListsOf(spec).flatMap(usesOfList);
  const globals = spec.global_compensation_steps.map(({ capability_name, inputs }, index) => ({
    capability: capability_name,
    inputs,
    path: ["global_compensation_steps", index],
  }));
  return [...inSteps, ...globals];
}

function usesOfList({ steps, path }: StepList): Use[] {
  return steps.flatMap((step, index) => {
    const at = [...path, index];
    const uses: Use[] = [];
    const runsOne = step.step_type === "ACTION" || step.step_type === "COMPENSATION";
    if (runsOne && step.capability_name !== undefined && step.steps === undefined)
      uses.push({ capability: step.capability_name, inputs: step.inputs, path: at });
    if (step.compensation !== undefined) {
      const { capability_name: capability, inputs } = step.compensation;
      uses.push({ capability, inputs, path: [...at, "compensation"] });
    }
    return uses;
  });
}

/** Inputs that hold templates are checked when these are resolved; here only what is literal. */
function checkInputs(validate: Validator, { inputs, path }: Use): Problem[] {
  const result = validate(inputs);
  if ("values" in result) return [];
  const templated = templatesIn(inputs).map(({ at }) => at.map(pointerStep).join(""));
  const isOpen = ({ at, kind }: Mismatch): boolean =>
    // One of several alternatives may fail only because of a template.
    templated.length > 0 &&
    (kind === "alternative" || templated.some((pointer) => `${pointer}/`.startsWith(`${at}/`)));
  return result.mismatches
    .filter((mismatch) => !isOpen(mismatch))
    .map(({ at, message, kind }) => ({
      path: [...path, "inputs", ...pointerParts(at)],
      message,
      part: kind === "unknown" ? "key" : "value",
    }));
}
