import { RuntimeError } from "../contract/errors.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { compileValidator } from "../kernel/validate.ts";
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
    const found = lookUp(registry, use);
    return "problem" in found ? [found.problem] : checkInputs(found.spec, use);
  });
}

function usesOf(spec: WorkflowSpec): Use[] {
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

function lookUp(
  registry: Registry,
  { capability, path }: Use,
): { readonly spec: CapabilitySpec } | { readonly problem: Problem } {
  try {
    return registry.capability(capability);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { problem: { path: [...path, "capability_name"], message: error.message } };
  }
}

/** Inputs that hold templates are checked when these are resolved; here only what is literal. */
function checkInputs(spec: CapabilitySpec, { inputs, path }: Use): Problem[] {
  const result = compileValidator(spec.inputs)(inputs);
  if ("values" in result) return [];
  const templated = templatesIn(inputs).map(({ at }) => at.map((part) => `/${part}`).join(""));
  return result.mismatches.flatMap(({ at, message, kind }) => {
    // One of several alternatives may fail only because of a template.
    if (
      templated.length > 0 &&
      (kind === "alternative" || templated.some((pointer) => `${pointer}/`.startsWith(`${at}/`)))
    )
      return [];
    const steps = at.split("/").slice(1).map(unescape);
    return [
      {
        path: [...path, "inputs", ...steps],
        message,
        part: kind === "unknown" ? "key" : "value",
      } satisfies Problem,
    ];
  });
}

function unescape(part: string): string | number {
  const text = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(text) ? Number(text) : text;
}
