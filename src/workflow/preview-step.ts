import { isBlock } from "./enter-block.ts";
import { evaluateCondition } from "./expression.ts";
import { theStep } from "./frames.ts";
import { previewBlock } from "./preview-block.ts";
import { previewCall } from "./preview-call.ts";
import { showInputs } from "./preview-inputs.ts";
import { failStep, note, PLANNED_RUN, type Preview, pretend } from "./preview-state.ts";
import { unknownInExpression, unknownInTemplates } from "./preview-unknown.ts";
import { leaveUnknown } from "./preview-unknown-step.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { variablesFor } from "./variables.ts";

type Variables = Readonly<Record<string, unknown>>;

/** Plans one step that is ready: what it is shown as, and what the engine takes it for. */
export async function previewStep(preview: Preview, key: string): Promise<void> {
  const step = theStep(preview.state, key);
  const variables = variablesFor(preview.state, key);
  try {
    const { when } = step.spec;
    if (when !== undefined) {
      const unknown = await unknownInExpression(when, variables);
      if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
      if (!(await evaluateCondition(when, variables))) {
        const reason = `when: ${when}`;
        note(preview, step, { decision: "skip", note: reason });
        return pretend(preview, { type: "step-skipped", run: PLANNED_RUN, step: key, data: { reason } });
      }
    }
    if (isBlock(step)) return await previewBlock(preview, step, variables);
    if (step.spec.step_type === "HUMAN_APPROVAL") return previewApproval(preview, step, variables);
  } catch (error) {
    return failStep(preview, step, error);
  }
  return previewCall(preview, step, variables);
}

function previewApproval(preview: Preview, step: StepState, variables: Variables): void {
  const { key, spec } = step;
  const run = PLANNED_RUN;
  // The message of the approval may hold what is not known yet; it would be asked all the same.
  if (unknownInTemplates(spec.inputs, variables) === undefined)
    resolveTemplates(spec.inputs, variables, preview.state.spec.unresolved, `${key}.inputs`);
  const inputs = showInputs(preview, step, variables);
  const { message } = inputs;
  note(preview, step, {
    decision: "ask",
    note: typeof message === "string" ? message : (spec.description ?? null),
    inputs,
  });
  const approval = `plan-${key}`;
  pretend(preview, {
    type: "approval-requested",
    run,
    step: key,
    data: { approval, binds: "", text: "", approvers: [] },
  });
  pretend(preview, {
    type: "approval-decided",
    run,
    step: key,
    data: { approval, decision: "approved", reason: "planned" },
  });
}
