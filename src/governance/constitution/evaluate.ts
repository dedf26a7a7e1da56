import { OUTCOMES } from "../../contract/decide.ts";
import { isObject } from "../../contract/json.ts";
import type { Engine } from "./cedar.ts";
import { obligationsOf } from "./obligations.ts";
import { requestOf, type RequestValues } from "./policy-request.ts";

/** What a policy set says about a request, whatever its inputs: it depends on the values that it looks at alone. */
export type Evaluation = {
  readonly outcome: (typeof OUTCOMES)[number];
  readonly rules: string[];
  readonly reason: string;
  readonly obligations: string[];
};

/** Whether something that was kept is one. */
export function isEvaluation(value: unknown): value is Evaluation {
  if (!isObject(value)) return false;
  const { outcome, rules, reason, obligations } = value;
  return (
    OUTCOMES.some((known) => known === outcome) &&
    isTexts(rules) &&
    typeof reason === "string" &&
    isTexts(obligations)
  );
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** No policy allows it. */
export const DEFAULT_DENY = "default.deny";
/** Deciding failed. */
export const ERROR_DENY = "error.deny";

/**
 * The decision, from two answers: as nobody has confirmed it, and as if somebody had. What is refused only until
 * somebody confirms is STEP_UP, or DEFER where a policy that refuses it says so; any error is DENY.
 */
export function evaluate(engine: Engine, values: RequestValues): Evaluation {
  const plain = engine.ask(requestOf(values, false));
  if ("errors" in plain) return failed(plain.errors);
  if (plain.isAllowed) return allowed(engine, plain.rules);
  const confirmed = engine.ask(requestOf(values, true));
  if ("errors" in confirmed) return failed(confirmed.errors);
  if (!confirmed.isAllowed) return refused(engine, "deny", confirmed.rules);
  const isDeferred = plain.rules.some((id) => engine.facts.get(id)?.annotations["defer"] !== undefined);
  const { obligations } = allowed(engine, confirmed.rules);
  return { ...refused(engine, isDeferred ? "defer" : "step_up", plain.rules), obligations };
}

function allowed({ facts }: Engine, rules: readonly string[]): Evaluation {
  const named = rules.flatMap((id) => {
    const policy = facts.get(id);
    return policy === undefined ? [] : obligationsOf(policy);
  });
  const obligations = [...new Set(named)];
  return { outcome: obligations.length > 0 ? "modify" : "allow", rules: [...rules], reason: "", obligations };
}

function refused(
  { facts }: Engine,
  outcome: "deny" | "step_up" | "defer",
  rules: readonly string[],
): Evaluation {
  if (rules.length === 0)
    return { outcome, rules: [DEFAULT_DENY], reason: "no policy allows it", obligations: [] };
  const reasons = rules.map((id) => facts.get(id)?.annotations["reason"] ?? `the policy ${id} refuses it`);
  return { outcome, rules: [...rules], reason: reasons.join("; "), obligations: [] };
}

function failed(errors: readonly string[]): Evaluation {
  return {
    outcome: "deny",
    rules: [ERROR_DENY],
    reason: `deciding failed: ${errors.join("; ")}`,
    obligations: [],
  };
}
