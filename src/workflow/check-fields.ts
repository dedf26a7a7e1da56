import { isObject } from "../contract/json.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import type { STEP_TYPES, StepSpec } from "../contract/workflow.ts";

type StepType = (typeof STEP_TYPES)[number];

/** Fields that only some types of step have. */
const PARTICULAR = [
  "compensation",
  "retry",
  "foreach",
  "as",
  "max_concurrency",
  "idempotency_key",
  "condition",
  "then",
  "else",
  "steps",
  "workflow",
];
const FOREACH = ["foreach", "as", "max_concurrency"];

const FIELDS: Readonly<
  Record<StepType, { readonly allowed: readonly string[]; readonly required: readonly string[] }>
> = {
  ACTION: {
    allowed: [...FOREACH, "compensation", "retry", "idempotency_key"],
    required: ["capability_name"],
  },
  HUMAN_APPROVAL: { allowed: [], required: [] },
  CONDITION: { allowed: [...FOREACH, "condition", "then", "else"], required: ["condition"] },
  PARALLEL: { allowed: [...FOREACH, "steps"], required: ["steps"] },
  COMPENSATION: { allowed: ["retry", "idempotency_key"], required: ["capability_name"] },
  WORKFLOW: { allowed: [...FOREACH, "workflow"], required: ["workflow"] },
};

const APPROVAL_NAMES: readonly string[] = ["human.approve", "sys.human_approval"];

/** Whether a step has the fields that its type needs and none that it does not know. `written` is the step as in the file. */
export function checkFields(step: StepSpec, written: unknown, path: Path): Problem[] {
  const type = step.step_type;
  const { allowed, required } = FIELDS[type];
  const has = (field: string): boolean => isObject(written) && Object.hasOwn(written, field);
  // A type that does not exist is reported by the schema; which fields belong to it nobody knows.
  if (isObject(written) && has("step_type") && written["step_type"] !== type) return [];
  const problems: Problem[] = [];
  const refuse = (field: string, message: string): void =>
    void problems.push({ path: [...path, field], message, part: "key" });
  const hasOwnSteps = has("foreach") && has("steps") && allowed.includes("foreach");

  for (const field of PARTICULAR) {
    if (!has(field) || allowed.includes(field) || (field === "steps" && hasOwnSteps)) continue;
    refuse(
      field,
      field === "steps" && type === "ACTION"
        ? "belongs to a PARALLEL step, or to one with foreach"
        : `does not belong to a step of the type ${type}`,
    );
  }
  for (const field of required) {
    if (!has(field) && !hasOwnSteps)
      problems.push({ path: [...path, field], message: `is missing: a step of the type ${type} needs it` });
  }
  if (type === "CONDITION" && !has("then") && !has("else"))
    problems.push({
      path: [...path, "then"],
      message: "is missing: a CONDITION step needs then, else or both",
    });
  if (type !== "PARALLEL" && !has("foreach")) {
    for (const field of ["as", "max_concurrency"])
      if (has(field) && allowed.includes(field)) refuse(field, "means nothing without foreach");
  }
  if (
    type === "HUMAN_APPROVAL" &&
    step.capability_name !== undefined &&
    !APPROVAL_NAMES.includes(step.capability_name)
  )
    problems.push({
      path: [...path, "capability_name"],
      message: `must be ${APPROVAL_NAMES.join(" or ")} for a HUMAN_APPROVAL step, or be left out (got "${step.capability_name}")`,
    });
  if (has("retry") && has("max_retries")) refuse("max_retries", "contradicts retry; give one of them");
  return problems;
}
