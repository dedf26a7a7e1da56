import { canonicalJson } from "../contract/json.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { resolveTemplates } from "./template.ts";

/**
 * What a handler tells the repetitions of one call by: the step's own key, or else the one that is given here.
 *
 * @throws TEMPLATE_UNRESOLVED, also where the workflow keeps unresolved templates elsewhere
 */
export function idempotencyKeyOf(
  { idempotency_key: template }: Pick<StepSpec, "idempotency_key">,
  stepKey: string,
  variables: Readonly<Record<string, unknown>>,
  otherwise: string,
): string {
  if (template === undefined) return otherwise;
  const value = resolveTemplates(template, variables, "error", `${stepKey}.idempotency_key`);
  return typeof value === "string" ? value : canonicalJson(value);
}
