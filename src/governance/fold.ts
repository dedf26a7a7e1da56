import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { requireApprover, requireRole } from "./approvers.ts";
import { checkTransition } from "./lifecycle.ts";
import { isInstallation } from "./shipped.ts";
import {
  EMPTY,
  type Governed,
  type GovernanceState,
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
  "subject-suspended",
  "subject-reinstated",
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
      if (isInstallation(by()) || may(() => requireRole(state, by(), "admin")))
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
      if (!may(() => requireRole(state, by(), "reviewer"))) return;
      change(state, entry.data.proposal, (proposal) => ({
        ...proposal,
        risk: entry.data.risk,
        // What was approved under another risk has to be approved again.
        approvals: proposal.risk === entry.data.risk ? proposal.approvals : [],
        reviews: [...proposal.reviews, { by: by(), reason: entry.data.reason }],
      }));
      return;
    case "proposal-decided":
      change(state, entry.data.proposal, (proposal) => {
        const isApproval = entry.data.decision === "approved";
        const isPermitted = may(() =>
          isApproval ? requireApprover(state, proposal, by()) : requireRole(state, by(), "approver"),
        );
        return isPermitted ? decided(proposal, entry, by(), quorum) : proposal;
      });
      return;
    case "lifecycle-changed":
      if (!isInstallation(by()) && !may(() => checkChange(state, entry, by()))) return;
      state.governed.set(keyOf(entry.data.subject), {
        subject: entry.data.subject,
        lifecycle: entry.data.to,
        locks: entry.data.locks,
        workflows: entry.data.workflows,
        since: entry.at,
      });
      return;
    case "subject-suspended":
    case "subject-reinstated": {
      const key = keyOf(entry.data.subject);
      const governed = state.governed.get(key);
      if (governed === undefined) return;
      const { suspension: _, ...rest } = governed;
      state.governed.set(
        key,
        entry.type === "subject-reinstated"
          ? rest
          : { ...rest, suspension: { cause: entry.data.cause, detail: entry.data.detail } },
      );
      return;
    }
    default:
      entry satisfies never;
  }
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

function checkChange(
  state: Draft,
  { data: { subject, to, proposal } }: Entry<EventOf<"lifecycle-changed">>,
  by: Principal,
): void {
  requireRole(state, by, "operator");
  const present = state.governed.get(keyOf(subject));
  checkTransition(keyOf(subject), present?.lifecycle ?? "PROPOSED", to);
  const isApproved = proposal !== undefined && state.proposals.get(proposal)?.status === "APPROVED";
  if (present === undefined && !isApproved)
    throw new RuntimeError("NOT_ACTIVE", `${keyOf(subject)} was never approved.`);
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
