import { expect, test } from "vitest";

import type { CapabilitySpec, Risk } from "../contract/capability.ts";
import { verifies } from "../../test/requirements.ts";
import { combineRisks, deriveRisk } from "./derive-risk.ts";

verifies("governance:approvers");

type Contract = Parameters<typeof deriveRisk>[0];
const READS: Contract = {
  id: "test.it",
  operation: "READ",
  risk: { level: "LOW", justification: "", requires_approval: false },
  side_effects: ["read_only"],
  undo: { kind: "none" },
};
const declared = (level: Risk): CapabilitySpec["risk"] => ({ ...READS.risk, level });

test.for<[string, Partial<Contract>, Risk]>([
  ["only reads", {}, "LOW"],
  ["declares more", { risk: declared("HIGH") }, "HIGH"],
  ["writes files", { side_effects: ["filesystem_write"], undo: { kind: "reversible" } }, "MEDIUM"],
  ["deletes", { operation: "DELETE", side_effects: ["filesystem_delete"] }, "HIGH"],
  ["reads from one host", { side_effects: ["network_read"], network: { hosts: ["a.example"] } }, "MEDIUM"],
  ["reads from every host", { side_effects: ["network_read"], network: { hosts: ["*"] } }, "HIGH"],
  ["does not say from which host it reads", { side_effects: ["network_read"] }, "HIGH"],
  ["starts programs", { side_effects: ["system_exec"], undo: { kind: "compensable" } }, "HIGH"],
  ["cannot be undone, and declares LOW", { undo: { kind: "irreversible" } }, "CRITICAL"],
])("what %s", ([, contract, risk]) => {
  const derived = deriveRisk({ ...READS, ...contract });
  expect(derived.risk).toBe(risk);
  expect(derived.reasons.some((reason) => reason.startsWith(`${risk}: test.it `))).toBe(risk !== "LOW");
});

test("several together have the highest", () => {
  const parts = [deriveRisk(READS), deriveRisk({ ...READS, risk: declared("HIGH") })];
  expect(combineRisks(parts)).toEqual({ risk: "HIGH", reasons: ["HIGH: test.it declares HIGH itself"] });
  expect(combineRisks([])).toEqual({ risk: "LOW", reasons: [] });
});
