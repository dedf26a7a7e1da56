import { z } from "zod";

import type { CapabilitySpec } from "../../contract/capability.ts";
import { OUTCOMES } from "../../contract/decide.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import { Principal } from "../../contract/principal.ts";
import type { Evaluation } from "./evaluate.ts";
import { whatIf } from "./what-if.ts";

const Texts = z.array(z.string()).default([]);

const PolicyCase = z.strictObject({
  name: z.string().min(1),
  capability: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  principal: Principal.partial().default({}),
  roles: Texts,
  labels: Texts.describe("What the run has read."),
  session_labels: Texts.describe("What the session has read; what the run has read is part of it."),
  session_actions: Texts,
  over_budget: Texts,
  panic: z.boolean().default(false),
  compensates: z.boolean().default(false),
  expect: z.enum(OUTCOMES),
  rules: z.array(z.string()).optional().describe("Rules that must be among those that led to it."),
});
export type PolicyCase = z.output<typeof PolicyCase>;

/** A table of cases that a policy set is tested by. */
export const PolicyCases = z.strictObject({ cases: z.array(PolicyCase).min(1) });

export type CaseResult = {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly reason: string;
};

/** How a policy set decides a case. Nothing but the case counts: no ledger, no session. */
export function runCase(
  set: PolicySet,
  capability: CapabilitySpec,
  given: PolicyCase,
  workspace: string,
): CaseResult {
  const { outcome, rules, reason } = decideCase(set, capability, given, workspace);
  const missing = (given.rules ?? []).filter((rule) => !rules.includes(rule));
  return {
    name: given.name,
    ok: outcome === given.expect && missing.length === 0,
    expected: [given.expect, ...(given.rules ?? [])].join(" "),
    outcome,
    rules,
    reason,
  };
}

function decideCase(
  set: PolicySet,
  capability: CapabilitySpec,
  given: PolicyCase,
  workspace: string,
): Evaluation {
  const principal = {
    human: "",
    agent: "",
    session: "case",
    service: "cli",
    scopes: ["local"],
    ...given.principal,
  } as Principal;
  return whatIf(set, {
    capability,
    inputs: given.inputs,
    principal,
    roles: given.roles,
    workspace,
    ruleRoots: [],
    compensates: given.compensates,
    panic: given.panic,
    labels: given.labels,
    sessionLabels: given.session_labels,
    sessionActions: given.session_actions,
    actions: given.session_actions.length,
    overBudget: given.over_budget,
  });
}
