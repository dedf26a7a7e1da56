import { digestOf } from "../contract/digest.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Panic } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import { requireAdminLeft, requireApprover, requireReviewer, requireRole } from "./approvers.ts";
import { requirePolicy } from "./constitution/activation.ts";
import { checkTransition } from "./lifecycle.ts";
import { afterLifted, afterRaised } from "./panic.ts";
import { isInstallation } from "./shipped.ts";
import {
  EMPTY,
  type Governed,
  type GovernanceState,
  bindingOf,
  heldOf,
  isExpired,
  keyOf,
  type Proposal,
  type Registered,
} from "./state.ts";

export const GOVERNANCE_TYPES = [
  "principal-registered",
  "proposal-submitted",
  "proposal-reviewed",
  "proposal-decided",
  "lifecycle-changed",
  "policy-changed",
  "subject-suspended",
  "subject-reinstated",
  "panic-raised",
  "panic-lifted",
] as const;

export type GovernanceEntry = Entry<EventOf<(typeof GOVERNANCE_TYPES)[number]>>;

/** Who wrote an entry. */
export type Author = (reference: string) => Principal;

/** The state after some more entries. `quorum` says how many approvers a proposal needs. */
export function foldGovernance(
  entries: Iterable<GovernanceEntry>,
  author: Author,
  quorum: (proposal: Proposal) => number,
  before: GovernanceState = EMPTY,
): GovernanceState {
  const state = {
    principals: new Map(before.principals),
    proposals: new Map(before.proposals),
    governed: new Map(before.governed),
    policySet: before.policySet,
    policySets: new Set(before.policySets),
    panics: before.panics,
    openPanics: before.openPanics,
    seq: before.seq,
  };
  for (const entry of entries) {
    apply(state, entry, author, quorum);
    state.seq = entry.seq;
  }
  return state;
}

type Draft = {
  readonly principals: Map<string, Registered>;
  readonly proposals: Map<string, Proposal>;
  readonly governed: Map<string, Governed>;
  policySet: string | undefined;
  readonly policySets: Set<string>;
  panics: ReadonlyMap<string, Panic>;
  openPanics: readonly Panic[];
};

function apply(
  state: Draft,
  entry: GovernanceEntry,
  author: Author,
  quorum: (proposal: Proposal) => number,
): void {
  const by = () => author(entry.by);
  switch (entry.type) {
    case "principal-registered":
      if (isInstallation(by()) || may(() => checkRegistration(state, entry, by())))
        state.principals.set(entry.data.name, entry.data);
      return;
    case "proposal-submitted": {
      const { proposal: id, ...data } = entry.data;
      const proposal: Proposal = {
        ...data,
        id,
        by: by(),
        at: entry.at,
        status: "PENDING_REVIEW",
        reviews: [],
        approvals: [],
      };
      state.proposals.set(id, proposal);
      return;
    }
    case "proposal-reviewed":
      change(state, entry.data.proposal, (proposal) => {
        if (!may(() => requireReviewer(state, proposal, entry.data.risk, by()))) return proposal;
        return {
          ...proposal,
          risk: entry.data.risk,
          // What was approved under another risk has to be approved again.
          approvals: proposal.risk === entry.data.risk ? proposal.approvals : [],
          reviews: [...proposal.reviews, { by: by(), reason: entry.data.reason }],
        };
      });
      return;
    case "proposal-decided":
      change(state, entry.data.proposal, (proposal) => {
        const isApproval = entry.data.decision === "approved";
        if (isExpired(proposal, Date.parse(entry.at))) return proposal;
        // Between what the approver saw and the entry somebody may have changed the risk.
        if (isApproval && entry.data.binds !== bindingOf(proposal)) return proposal;
        const isPermitted = may(() =>
          isApproval ? requireApprover(state, proposal, by()) : requireRole(state, by(), "approver"),
        );
        return isPermitted ? decided(proposal, entry, by(), quorum) : proposal;
      });
      return;
    case "lifecycle-changed": {
      if (!isInstallation(by()) && !may(() => checkChange(state, entry, by()))) return;
      const before = state.governed.get(keyOf(entry.data.subject));
      // Only an admin ends a suspension, or somebody who approved what lies there now.
      const isSame = before?.suspension !== undefined && before.proposal === entry.data.proposal;
      state.governed.set(keyOf(entry.data.subject), {
        subject: entry.data.subject,
        lifecycle: entry.data.to,
        ...heldOf(entry.data),
        proposal: entry.data.proposal,
        since: entry.at,
        ...(entry.data.to === "ACTIVE" ? {} : { closedAt: closedAt(before, entry.at) }),
        ...(isSame ? { suspension: before.suspension } : {}),
      });
      return;
    }
    case "policy-changed": {
      const { policySet, proposal } = entry.data;
      if (!isInstallation(by()) && !may(() => requirePolicy(state, by(), policySet, proposal))) return;
      state.policySet = policySet;
      state.policySets.add(policySet);
      return;
    }
    case "subject-suspended":
    case "subject-reinstated": {
      const key = keyOf(entry.data.subject);
      const governed = state.governed.get(key);
      if (governed === undefined) return;
      if (entry.type === "subject-reinstated" && !may(() => requireRole(state, by(), "admin"))) return;
      const { suspension: _, ...rest } = governed;
      state.governed.set(
        key,
        entry.type === "subject-reinstated"
          ? rest
          : { ...rest, suspension: { cause: entry.data.cause, detail: entry.data.detail, at: entry.at } },
      );
      return;
    }
    case "panic-raised":
    case "panic-lifted":
      may(() => {
        state.panics =
          entry.type === "panic-raised" ? afterRaised(state, entry, by()) : afterLifted(state, entry, by());
      });
      state.openPanics = [...state.panics.values()].filter(({ lifted }) => lifted === null);
      return;
    default:
      entry satisfies never;
  }
}

function closedAt(before: Governed | undefined, at: string): string {
  if (before === undefined) return "";
  return before.lifecycle === "ACTIVE" ? at : (before.closedAt ?? "");
}

/** Of two processes that wrote at once the later one may have come too late: its entry stands, and counts for nothing. */
function may(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof RuntimeError) return false;
    throw error;
  }
}

function checkRegistration(
  state: Draft,
  { data: { name, roles } }: Entry<EventOf<"principal-registered">>,
  by: Principal,
): void {
  requireRole(state, by, "admin");
  requireAdminLeft(state, name, roles);
}

function checkChange(state: Draft, { data }: Entry<EventOf<"lifecycle-changed">>, by: Principal): void {
  requireRole(state, by, "operator");
  const { subject, to } = data;
  const present = state.governed.get(keyOf(subject));
  checkTransition(keyOf(subject), present?.lifecycle ?? "PROPOSED", to);
  const proposal = data.proposal === undefined ? undefined : state.proposals.get(data.proposal);
  const isOfSubject = proposal?.status === "APPROVED" && keyOf(proposal.subject) === keyOf(subject);
  const approved = data.proposal === undefined ? present : isOfSubject ? proposal : undefined;
  if (approved === undefined || digestOf(heldOf(approved)) !== digestOf(heldOf(data)))
    throw new RuntimeError("NOT_ACTIVE", `This ${keyOf(subject)} was never approved.`);
}

function change(state: Draft, id: string, next: (proposal: Proposal) => Proposal): void {
  const proposal = state.proposals.get(id);
  if (proposal?.status === "PENDING_REVIEW") state.proposals.set(id, next(proposal));
}

function decided(
  proposal: Proposal,
  { data: { decision, binds, reason } }: Entry<EventOf<"proposal-decided">>,
  by: Principal,
  quorum: (proposal: Proposal) => number,
): Proposal {
  if (decision === "rejected") return { ...proposal, status: "REJECTED", rejection: { by, reason } };
  const approvals = [...proposal.approvals, { by, binds, reason }];
  const approved = { ...proposal, approvals };
  return approvals.length >= quorum(approved) ? { ...approved, status: "APPROVED" } : approved;
}
