import { digestOf } from "../contract/digest.ts";
import { renderQuestion } from "../kernel/render-consent.ts";
import { requestApproval } from "./ask.ts";
import { isBlock } from "./enter-block.ts";
import type { LiveRun } from "./live-run.ts";
import { askBeforeStep, isHooked } from "./run-hooks.ts";
import { mayStart } from "./pending.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

/** Whether a step runs a capability itself; the others hold steps, or ask a human. */
export function isAttempt(step: StepState): boolean {
  return !isBlock(step) && step.spec.step_type !== "HUMAN_APPROVAL";
}

/**
 * Whether a block may be entered, or a human be asked, as far as the governor says so. Where it wants an approval
 * first, that is requested, and the answer is no for now.
 *
 * @throws DENIED, CONSTITUTION_VIOLATION, TEMPLATE_UNRESOLVED
 */
export async function mayEnter(
  live: LiveRun,
  step: StepState,
  variables: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (!isHooked(live)) return true;
  const { key, spec, attempt, approval } = step;
  const { unresolved } = live.state.spec;
  const inputs = resolveTemplates(spec.inputs, variables, unresolved, `${key}.inputs`) as Record<
    string,
    unknown
  >;
  const subject = { step, role: "step", attempt: attempt + 1, capability: null, inputs } as const;
  const decision = await askBeforeStep(live, subject);
  if (!mayStart(live.state, key)) return false;
  const isAnswered = spec.step_type === "HUMAN_APPROVAL" || approval?.granted === true;
  if (decision.outcome !== "step_up" || isAnswered) return true;
  requestApproval(live, step, {
    binds: digestOf({ run: live.run, step: key, workflow: live.state.spec, inputs }),
    ...renderQuestion(`Enter the step "${key}" (${spec.step_type})? ${decision.reason}`, inputs),
    rules: decision.rules,
    terms: live.kernel.approvals.terms({ risk: spec.risk_level }),
  });
  return false;
}
