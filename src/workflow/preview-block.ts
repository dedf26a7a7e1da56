import { itemsOf } from "./enter-block.ts";
import { evaluateCondition } from "./expression.ts";
import { note, PLANNED_RUN, type Preview, pretend } from "./preview-state.ts";
import { markerOf, unknownInExpression, unknownInTemplates } from "./preview-unknown.ts";
import { leaveUnknown } from "./preview-unknown-step.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { parseWorkflowInputs } from "./workflow-inputs.ts";

type Variables = Readonly<Record<string, unknown>>;

/**
 * Enters a block like a run, except where only a run can tell how.
 *
 * @throws TEMPLATE_UNRESOLVED, EXPRESSION_INVALID, INPUT_INVALID
 */
export async function previewBlock(preview: Preview, step: StepState, variables: Variables): Promise<void> {
  const { key, spec } = step;
  const enter = (
    text: string | null,
    data: { branch?: string; items?: unknown[]; variables?: Record<string, unknown> },
  ): void => {
    note(preview, step, { decision: "run", note: text });
    pretend(preview, { type: "block-entered", run: PLANNED_RUN, step: key, data });
  };
  const resolve = (value: unknown, at: string): unknown => {
    const unknown = unknownInTemplates(value, variables);
    return unknown === undefined
      ? resolveTemplates(value, variables, preview.state.spec.unresolved, at)
      : markerOf(unknown.step);
  };

  if (spec.foreach !== undefined) {
    const unknown =
      typeof spec.foreach === "string" ? unknownInTemplates(spec.foreach, variables) : undefined;
    if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
    const given =
      typeof spec.foreach === "string"
        ? resolve(spec.foreach, `${key}.foreach`)
        : spec.foreach.map((item, index) => resolve(item, `${key}.foreach[${index}]`));
    const items = itemsOf(given, key);
    return enter(`for each of ${items.length} elements`, { items });
  }
  switch (spec.step_type) {
    case "CONDITION": {
      const condition = spec.condition ?? "false";
      const unknown = await unknownInExpression(condition, variables);
      if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
      const branch = (await evaluateCondition(condition, variables)) ? "then" : "else";
      return enter(`takes ${branch}: ${condition}`, { branch });
    }
    case "WORKFLOW": {
      const given = Object.fromEntries(
        Object.entries(spec.inputs).map(([name, value]) => [name, resolve(value, `${key}.inputs.${name}`)]),
      );
      const sub = preview.state.subSpecs.get(spec.workflow ?? "");
      const isKnown = sub !== undefined && unknownInTemplates(spec.inputs, variables) === undefined;
      return enter(`runs ${spec.workflow}`, {
        variables: { ...(isKnown ? parseWorkflowInputs(sub, given) : given) },
      });
    }
    default:
      return enter(null, {});
  }
}
