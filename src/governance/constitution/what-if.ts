import type { CapabilitySpec } from "../../contract/capability.ts";
import { digestOf } from "../../contract/digest.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import { factsOf } from "./call-facts.ts";
import { engineOf } from "./cedar.ts";
import { conflictsAmong } from "./data-classes.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { sorted, valuesOf } from "./policy-request.ts";

/** A call that nobody makes, in circumstances that somebody names. */
export type WhatIf = {
  readonly capability: CapabilitySpec;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly principal: Principal;
  readonly roles: readonly string[];
  readonly workspace: string;
  readonly ruleRoots: readonly string[];
  readonly compensates: boolean;
  readonly panic: boolean;
  /** What the run has read. */
  readonly labels: readonly string[];
  /** What the session has read beside it. */
  readonly sessionLabels: readonly string[];
  readonly sessionActions: readonly string[];
  readonly actions: number;
  readonly overBudget: readonly string[];
};

/** How a policy set would decide a call. Nothing but what is given counts: no ledger, no session, no cache. */
export function whatIf(set: PolicySet, given: WhatIf): Evaluation {
  const { capability, inputs, principal, workspace, ruleRoots, labels } = given;
  const facts = factsOf({ capability, inputs, workspace, prefix: [] }, ruleRoots);
  const role = given.compensates ? "compensation" : "step";
  const values = valuesOf({ capability, principal, role }, given.roles, {
    ...facts,
    mode: set.mode,
    panic: given.panic,
    workspace,
    labels: sorted(labels),
    session_labels: sorted([...labels, ...given.sessionLabels]),
    conflicts: sorted([...facts.conflicts, ...conflictsAmong(labels)]),
    session_actions: sorted(given.sessionActions),
    actions: given.actions,
    over_budget: sorted(given.overBudget),
  });
  return evaluate(engineOf(digestOf(set), set), values);
}
