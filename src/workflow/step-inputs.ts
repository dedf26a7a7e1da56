import type { RunState, StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

/**
 * What a step calls its capability with. One that runs by itself gets the inputs of the run as they are, whatever
 * names they have.
 *
 * @throws TEMPLATE_UNRESOLVED, LIMIT_EXCEEDED
 */
export function stepInputs(
  { kind, inputs, spec }: Pick<RunState, "kind" | "inputs" | "spec">,
  step: Pick<StepState, "key" | "spec">,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (kind === "capability") return { ...inputs };
  const resolved = resolveTemplates(step.spec.inputs, variables, spec.unresolved, `${step.key}.inputs`);
  return resolved as Record<string, unknown>;
}
