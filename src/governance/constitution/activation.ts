import { digestOf } from "../../contract/digest.ts";
import type { EventOf } from "../../contract/entry.ts";
import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { requireRole } from "../approvers.ts";
import { INSTALLATION, isNewHere } from "../shipped.ts";
import type { GovernanceState } from "../state.ts";

type Governing = Pick<GovernanceState, "principals" | "proposals" | "policySets">;

/** The constitution of an installation, as its home ledger has it. */
export type Policies = {
  /** The policy set that decides now, by its digest. @throws SUBJECT_UNKNOWN where there is none */
  readonly inForce: () => { readonly digest: string; readonly set: PolicySet };
  /**
   * On the first use of a home, and of each version of the package: brings the package's own set into force. One that
   * this installation chose itself stays.
   */
  readonly welcome: (version: string, shipped: () => PolicySet) => Promise<void>;
  /** Brings an approved set into force, or one that was before. @throws NOT_AUTHORIZED, NOT_ACTIVE */
  readonly activate: (by: Principal, digest: string, reason: string) => Promise<void>;
};

export function openPolicies(ledger: Ledger, state: () => GovernanceState): Policies {
  return {
    inForce: () => policyInForce(ledger, state()),
    async welcome(version, shipped) {
      const { policySet: present, proposals } = state();
      if (present !== undefined && !isNewHere(state(), version)) return;
      if ([...proposals.values()].some(({ content }) => content === present)) return;
      const policySet = ledger.record(INSTALLATION, "policy", shipped());
      if (policySet === present) return;
      const data = { policySet, reason: "It comes with the package." };
      await ledger.append(INSTALLATION, { type: "policy-changed", data });
    },
    async activate(by, digest, reason) {
      await ledger.append(by, activation(state(), by, digest, reason));
    },
  };
}

/** A policy set by its digest. @throws LEDGER_CORRUPT */
export function recordedPolicy(ledger: Pick<Ledger, "object">, digest: string): PolicySet {
  const known = sets.get(digest);
  if (known !== undefined) return known;
  const recorded = ledger.object(digest);
  // It was checked, and filled up, before it was recorded: what has its digest is that very set.
  if (!isObject(recorded) || digestOf(recorded) !== digest)
    throw new RuntimeError("LEDGER_CORRUPT", `The home ledger lacks the policy set ${digest}.`);
  const set = recorded as PolicySet;
  sets.set(digest, set);
  return set;
}

const sets = new Map<string, PolicySet>();

function policyInForce(
  ledger: Pick<Ledger, "object">,
  { policySet: digest }: Pick<GovernanceState, "policySet">,
): { readonly digest: string; readonly set: PolicySet } {
  if (digest === undefined)
    throw new RuntimeError("SUBJECT_UNKNOWN", "No policy set is in force in this home.");
  return { digest, set: recordedPolicy(ledger, digest) };
}

function activation(
  state: Governing,
  by: Principal,
  policySet: string,
  reason: string,
): EventOf<"policy-changed"> {
  const proposal = [...state.proposals.values()].findLast(
    ({ subject, content, status }) =>
      subject.kind === "policy" && content === policySet && status === "APPROVED",
  );
  requirePolicy(state, by, policySet, proposal?.id);
  return {
    type: "policy-changed",
    data: { policySet, reason, ...(proposal === undefined ? {} : { proposal: proposal.id }) },
  };
}

/** Only what was approved as a policy set, or has been in force before. @throws NOT_AUTHORIZED, NOT_ACTIVE */
export function requirePolicy(
  state: Governing,
  by: Principal,
  policySet: string,
  proposalId: string | undefined,
): void {
  requireRole(state, by, "admin");
  if (state.policySets.has(policySet)) return;
  const proposal = proposalId === undefined ? undefined : state.proposals.get(proposalId);
  if (proposal?.status === "APPROVED" && proposal.subject.kind === "policy" && proposal.content === policySet)
    return;
  throw new RuntimeError("NOT_ACTIVE", `The policy set ${policySet} was never approved.`);
}
