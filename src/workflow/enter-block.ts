import { RuntimeError } from "../contract/errors.ts";
import { evaluateCondition } from "./expression.ts";
import type { LiveRun } from "./live-run.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { parseWorkflowInputs } from "./workflow-inputs.ts";

const MAX_ITEMS = 100_000;

type Variables = Readonly<Record<string, unknown>>;

/** Whether a step holds other steps. A round of a foreach carries the step without its `foreach`. */
export function isBlock({ spec }: StepState): boolean {
  if (spec.foreach !== undefined) return true;
  return spec.step_type === "PARALLEL" || spec.step_type === "CONDITION" || spec.step_type === "WORKFLOW";
}

/** Evaluates what a block needs to know, and enters it. @throws TEMPLATE_UNRESOLVED, EXPRESSION_INVALID, INPUT_INVALID */
export async function enterBlock(live: LiveRun, step: StepState, variables: Variables): Promise<void> {
  void live.emit({
    type: "block-entered",
    run: live.run,
    step: step.key,
    data: await blockData(live, step, variables),
  });
}

async function blockData(live: LiveRun, { key, spec }: StepState, variables: Variables) {
  const { unresolved } = live.state.spec;
  if (spec.foreach !== undefined)
    return { items: itemsOf(resolveTemplates(spec.foreach, variables, unresolved, `${key}.foreach`), key) };
  switch (spec.step_type) {
    case "CONDITION":
      return { branch: (await evaluateCondition(spec.condition ?? "false", variables)) ? "then" : "else" };
    case "WORKFLOW": {
      const given = resolveTemplates(spec.inputs, variables, unresolved, `${key}.inputs`) as Record<
        string,
        unknown
      >;
      const sub = live.state.subSpecs.get(spec.workflow ?? "");
      return { variables: { ...(sub === undefined ? given : parseWorkflowInputs(sub, given)) } };
    }
    default:
      return {};
  }
}

/** What a foreach goes over. @throws INPUT_INVALID, LIMIT_EXCEEDED */
export function itemsOf(value: unknown, key: string): unknown[] {
  if (!Array.isArray(value))
    throw new RuntimeError("INPUT_INVALID", `foreach of the step "${key}" is a ${typeof value}, not a list.`);
  if (value.length > MAX_ITEMS)
    throw new RuntimeError(
      "LIMIT_EXCEEDED",
      `foreach of the step "${key}" has ${value.length} items; at most ${MAX_ITEMS}.`,
    );
  return value;
}
