import { describe, expect, test } from "vitest";

import { openSite, write } from "../../test/plan-fixture.ts";
import { workflow } from "../../test/run-script.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { limitsOf, restrictionOf } from "./policy.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

/** A workflow of one step under these rules, and that step. */
function under(rules: readonly object[], step: object = {}, environment = "dev") {
  const spec: WorkflowSpec = workflow({
    steps: [{ name: "a", capability_name: "io.fs.write_file", ...step }],
    policy: rules.map((rule, index) => ({ rule_id: `r${index}`, ...rule })),
    metadata: { owner: "tests", environment },
  });
  return [spec, spec.steps[0] as (typeof spec.steps)[0]] as const;
}

describe("a step is", () => {
  test.for<[string, readonly object[], object, string, string]>([
    ["allowed without a rule", [], {}, "allow", ""],
    [
      "denied by name",
      [{ denied_capabilities: ["io.fs.write_file"] }],
      {},
      "deny",
      "rule r0 denies io.fs.write_file",
    ],
    ["allowed where another is denied", [{ denied_capabilities: ["io.fs.write"] }], {}, "allow", ""],
    ["denied by a pattern", [{ denied_capabilities: ["io.*.write_*"] }], {}, "deny", "rule r0 denies"],
    [
      "allowed where a pattern wants more",
      [{ denied_capabilities: ["io.fs.write_file*x"] }],
      {},
      "allow",
      "",
    ],
    [
      "allowed where a pattern's parts overlap",
      [{ denied_capabilities: ["io.fs.write_*_file"] }],
      {},
      "allow",
      "",
    ],
    [
      "allowed where a pattern's middle is missing",
      [{ denied_capabilities: ["io*net*file"] }],
      {},
      "allow",
      "",
    ],
    ["allowed where a pattern begins otherwise", [{ denied_capabilities: ["net.*"] }], {}, "allow", ""],
    [
      "denied where a dot is a dot",
      [{ allowed_capabilities: ["io.fs.write.file"] }],
      {},
      "deny",
      "rule r0 does not list io.fs.write_file",
    ],
    ["allowed where it is listed", [{ allowed_capabilities: ["net.*", "io.fs.*"] }], {}, "allow", ""],
    [
      "denied in another environment",
      [{ allowed_environments: ["prod", "staging"] }],
      {},
      "deny",
      'rule r0 does not allow the environment "dev"',
    ],
    ["allowed in its environment", [{ allowed_environments: ["dev"] }], {}, "allow", ""],
    ["asked about", [{}, { requires_approval_for: ["*"] }], {}, "step_up", "rule r1 asks for an approval"],
    [
      "denied rather than asked about",
      [{ requires_approval_for: ["*"] }, { denied_capabilities: ["*"] }],
      {},
      "deny",
      "rule r1 denies",
    ],
    [
      "asked about at a CRITICAL risk",
      [],
      { risk_level: "CRITICAL" },
      "step_up",
      "the step's risk is CRITICAL",
    ],
    [
      "denied in whichever version",
      [{ denied_capabilities: ["io.fs.write_file"] }],
      { capability_name: "io.fs.write_file@^1" },
      "deny",
      "rule r0 denies io.fs.write_file",
    ],
    [
      "covered by a rule for its agent",
      [{ agent_name: "writer-*", denied_capabilities: ["*"] }],
      { agent_name: "writer-2" },
      "deny",
      "rule r0 denies",
    ],
    [
      "not covered by a rule for another agent",
      [{ agent_name: "reader", denied_capabilities: ["*"] }],
      { agent_name: "writer" },
      "allow",
      "",
    ],
  ])("%s", ([, rules, step, outcome, reason]) => {
    const decision = restrictionOf(...under(rules, step));
    expect(decision.outcome).toBe(outcome);
    expect("reason" in decision ? decision.reason : "").toContain(reason);
  });
});

test.for<[string, readonly object[], object, { retries: number; timeoutSeconds: number }]>([
  ["its own", [], { max_retries: 2, timeout_seconds: 9 }, { retries: 2, timeoutSeconds: 9 }],
  [
    "of `retry`, which counts the first attempt",
    [],
    { max_retries: 9, retry: { max_attempts: 3 } },
    { retries: 2, timeoutSeconds: 300 },
  ],
  [
    "capped by the strictest rule",
    [{ max_retries: 4 }, { max_retries: 1, timeout_seconds: 5 }],
    {},
    { retries: 1, timeoutSeconds: 5 },
  ],
  [
    "never widened by a rule",
    [{ max_retries: 9, timeout_seconds: 900 }],
    { max_retries: 0, timeout_seconds: 1 },
    { retries: 0, timeoutSeconds: 1 },
  ],
])("the limits of a step are %s", ([, rules, step, limits]) => {
  expect(limitsOf(...under(rules, step))).toEqual(limits);
});

test("what the workflow denies does not run, whichever version the step names, and the plan says so", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const step = { ...write("one", "a", "1"), capability_name: "io.fs.write_file@>=1.0.0" };
  const flow = site.flow([step], {
    policy: [{ rule_id: "no-files", denied_capabilities: ["io.fs.write_file"] }],
  });
  const refused = "io.fs.write_file was refused: rule no-files denies io.fs.write_file";
  expect((await runtime.plan(flow)).steps).toMatchObject([{ decision: "deny", note: refused }]);
  expect(await runtime.run(flow)).toMatchObject({
    status: "FAILED",
    failure: { code: "DENIED", message: refused },
  });
});
