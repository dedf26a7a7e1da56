import { type Decision, OUTCOMES } from "../contract/decide.ts";

/** The stricter of two decisions, of which the right one only restricts; both name the rules that led to it. */
export function stricter(left: Decision, right: Decision): Decision {
  const rules = [...left.rules, ...right.rules];
  if (OUTCOMES.indexOf(left.outcome) >= OUTCOMES.indexOf(right.outcome)) return { ...left, rules };
  // What the left one changed, and its receipt, hold under the stricter outcome too.
  const { receipt, inputs } = left;
  return {
    ...(receipt === undefined ? {} : { receipt }),
    ...(inputs === undefined ? {} : { inputs }),
    ...right,
    rules,
  };
}
