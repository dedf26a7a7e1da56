import { expect, test } from "vitest";

import { type Decision, OUTCOMES, type Receipt } from "../contract/decide.ts";
import { stricter } from "./restriction.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

/** One decision of each outcome, from the mildest to the strictest. */
const decisions = (rule: string): readonly Decision[] => [
  { outcome: "allow", rules: [rule] },
  { outcome: "modify", rules: [rule], inputs: { by: rule } },
  { outcome: "step_up", rules: [rule], reason: `${rule} asks` },
  { outcome: "defer", rules: [rule], reason: `${rule} waits`, timeoutSeconds: 5 },
  { outcome: "deny", rules: [rule], reason: `${rule} refuses` },
];

test("there is one decision of each outcome", () => {
  expect(decisions("x").map(({ outcome }) => outcome)).toEqual(OUTCOMES);
});

test.for(
  decisions("policy").flatMap((left, i) => decisions("workflow").map((right, j) => ({ left, right, i, j }))),
)(
  "of $left.outcome and $right.outcome the stricter holds, under the rules of both",
  ({ left, right, i, j }) => {
    const found = stricter(left, right);
    expect(found.rules).toEqual(["policy", "workflow"]);
    expect(found).toMatchObject({ ...(i >= j ? left : right), rules: found.rules });
  },
);

test("what the policy changed, and its receipt, hold under the stricter outcome too", () => {
  const receipt = { policySet: "p" } as unknown as Receipt;
  const inputs = { path: "redacted" };
  const left: Decision = { outcome: "modify", rules: ["policy"], receipt, inputs };
  const right: Decision = { outcome: "deny", rules: ["workflow"], reason: "no" };
  expect(stricter(left, right)).toEqual({ ...right, receipt, inputs, rules: ["policy", "workflow"] });
  expect(stricter({ outcome: "allow", rules: [] }, right)).toEqual(right);
});
