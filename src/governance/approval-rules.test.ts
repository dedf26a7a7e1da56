import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { openApprovalRules } from "./approval-rules.ts";
import type { GovernanceState } from "./state.ts";

verifies("governance:handshake");

const principal = (human: string) => ({ human, agent: "", session: "", service: "cli", scopes: [] });
const registered = (name: string, ...roles: string[]) => [name, { name, person: name, roles }] as const;

const state = {
  governed: new Map([
    ["pack desk@1.0.0", { approvalRoles: ["reviewer", "admin"] }],
    ["pack open@1.0.0", { approvalRoles: [] }],
  ]),
  principals: new Map([
    registered("ann", "approver"),
    registered("rob", "reviewer"),
    registered("root", "admin"),
  ]),
} as unknown as GovernanceState;

const rules = openApprovalRules({
  state: () => state,
  settings: () => ({}),
  ledger: { entries: () => [][Symbol.iterator](), object: () => undefined, lastSeq: () => 0 } as never,
  now: Date.now,
});

test("what a pack says about who approves takes the place of the usual, for whoever it runs for too", () => {
  const terms = rules.terms({ risk: "MEDIUM", pack: "desk@1.0.0" });
  expect(terms).toEqual({ risk: "MEDIUM", own: false, roles: [["reviewer", "admin"]], quorum: 1 });
  const asked = { terms, approvers: [], by: principal("zoe") };
  expect(rules.person(asked, principal("rob"))).toBe("rob");
  expect(rules.person(asked, principal("root"))).toBe("root");
  for (const who of ["ann", "zoe"])
    expect(() => rules.person(asked, principal(who))).toThrow(/takes the role reviewer or admin/);
  // Whoever it runs for may always say no.
  expect(rules.person(asked, principal("zoe"), true)).toBe("zoe");
});

test("beside what a policy asks for, both are needed", () => {
  const requirement = { roles: [["approver"]], quorum: 1 };
  const { roles } = rules.terms({ risk: "LOW", pack: "desk@1.0.0", requirement });
  expect(roles).toEqual([["approver"], ["reviewer", "admin"]]);
});

test.for(["open@1.0.0", "unknown@1.0.0", undefined])(
  "a pack that says nothing changes nothing: %s",
  (pack) => {
    expect(rules.terms({ risk: "MEDIUM", pack })).toMatchObject({ own: true, roles: [["approver"]] });
  },
);
