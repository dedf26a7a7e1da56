import { randomBytes } from "node:crypto";

import { RISKS, type Risk } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Shipped, Subject } from "../contract/governance-event.ts";
import type { Principal } from "../contract/principal.ts";
import type { Reach } from "../contract/reach.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { quorumOf, requireApprover, requireRole } from "./approvers.ts";
import { foldGovernance, GOVERNANCE_TYPES } from "./fold.ts";
import { checkTransition } from "./lifecycle.ts";
import { reachCapability, reachWorkflow } from "./reach.ts";
import { INSTALLATION, isNewHere, welcomeEvents } from "./shipped.ts";
import { EMPTY, type Governed, type GovernanceState, keyOf, type Lifecycle, type Proposal } from "./state.ts";

type Submission = Omit<EventOf<"proposal-submitted">["data"], "proposal" | "content"> & {
  /** The spec that is proposed. */
  readonly content: unknown;
};

/** The governance chain of one installation, as its home ledger has it. */
export type Governance = {
  /** As of the home ledger's newest entry, also of other processes. */
  readonly state: () => GovernanceState;
  readonly reach: Reach;
  /** On the first use of a home, and of each version of the package: what it brings becomes ACTIVE. */
  readonly welcome: (version: string, shipped: () => readonly Shipped[], human: string) => Promise<void>;
  /** Anybody may propose, an agent too. */
  readonly propose: (by: Principal, submission: Submission) => Promise<Proposal>;
  /** Sets the risk; lowering it below what the runtime derived takes a reason. @throws NOT_AUTHORIZED, STATE_CONFLICT */
  readonly review: (by: Principal, id: string, risk: Risk, reason: string) => Promise<Proposal>;
  /** @throws NOT_AUTHORIZED, STATE_CONFLICT, SUBJECT_UNKNOWN */
  readonly decide: (
    by: Principal,
    id: string,
    decision: "approved" | "rejected",
    reason: string,
  ) => Promise<Proposal>;
  /** Moves a pack or facade to another state. @throws NOT_AUTHORIZED, STATE_CONFLICT, SUBJECT_UNKNOWN */
  readonly change: (by: Principal, subject: Subject, to: Lifecycle, reason: string) => Promise<Governed>;
  /** Ends a suspension. @throws NOT_AUTHORIZED, SUBJECT_UNKNOWN */
  readonly reinstate: (by: Principal, subject: Subject, reason: string) => Promise<Governed>;
};

export function openGovernance(ledger: Ledger): Governance {
  let known = EMPTY;
  let version: number | undefined;
  const author = (reference: string) => ledger.object(reference) as Principal;

  const state = (): GovernanceState => {
    const present = ledger.version();
    if (present === version) return known;
    const entries = ledger.entries({ types: GOVERNANCE_TYPES, afterSeq: known.seq });
    known = foldGovernance(entries, author, quorumOf, known);
    version = present;
    return known;
  };
  const append = async (by: Principal, event: EventOf<(typeof GOVERNANCE_TYPES)[number]>) => {
    await ledger.append(by, event);
    version = undefined;
  };
  /** What drifted is suspended, so that nobody reaches the rest of it either before somebody looked. */
  const suspending = async (by: Principal, look: () => string): Promise<string> => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "DRIFTED") throw error;
      for (const subject of driftedOf(error)) {
        const data = { subject, cause: "drift", detail: error.message } as const;
        await append(by, { type: "subject-suspended", data });
      }
      throw error;
    }
  };
  const pending = (id: string): Proposal => {
    const proposal = state().proposals.get(id);
    if (proposal === undefined) throw new RuntimeError("SUBJECT_UNKNOWN", `There is no proposal "${id}".`);
    if (proposal.status !== "PENDING_REVIEW")
      throw new RuntimeError("STATE_CONFLICT", `The proposal ${id} is ${proposal.status} already.`);
    return proposal;
  };
  const governed = (subject: Subject): Governed => {
    const found = state().governed.get(keyOf(subject));
    if (found === undefined)
      throw new RuntimeError("SUBJECT_UNKNOWN", `There is no ${keyOf(subject)} that was ever approved.`);
    return found;
  };
  const proposalAfter = (id: string): Proposal => {
    const proposal = state().proposals.get(id);
    if (proposal === undefined) throw new RuntimeError("SUBJECT_UNKNOWN", `There is no proposal "${id}".`);
    return proposal;
  };

  return {
    state,

    reach: {
      capability: (request) => suspending(request.principal, () => reachCapability(state(), request)),
      workflow: (found, principal) => suspending(principal, () => reachWorkflow(state(), found)),
    },

    async welcome(packageVersion, shipped, human) {
      if (!isNewHere(state(), packageVersion)) return;
      const events = welcomeEvents(state(), shipped(), human);
      await Promise.all(events.map((event) => append(INSTALLATION, event)));
    },

    async propose(by, { content, ...submission }) {
      const proposal = `prop-${randomBytes(8).toString("hex")}`;
      const kind = submission.subject.kind;
      await append(by, {
        type: "proposal-submitted",
        data: { ...submission, proposal, content: ledger.record(by, kind, content) },
      });
      return proposalAfter(proposal);
    },

    async review(by, id, risk, reason) {
      requireRole(state(), by, "reviewer");
      const proposal = pending(id);
      if (RISKS.indexOf(risk) < RISKS.indexOf(proposal.risk) && reason.trim() === "")
        throw new RuntimeError(
          "INPUT_INVALID",
          `Lowering the risk of ${id} from ${proposal.risk} to ${risk} takes a reason.`,
        );
      await append(by, { type: "proposal-reviewed", data: { proposal: id, risk, reason } });
      return proposalAfter(id);
    },

    async decide(by, id, decision, reason) {
      const proposal = pending(id);
      if (decision === "approved") requireApprover(state(), proposal, by);
      else requireRole(state(), by, "approver");
      await append(by, {
        type: "proposal-decided",
        data: { proposal: id, decision, binds: bindingOf(proposal), reason },
      });
      return proposalAfter(id);
    },

    async change(by, subject, to, reason) {
      requireRole(state(), by, "operator");
      const present = state().governed.get(keyOf(subject));
      const proposal = approvedProposalOf(state(), subject);
      if (present === undefined && proposal === undefined)
        throw new RuntimeError("SUBJECT_UNKNOWN", `No proposal of ${keyOf(subject)} was approved.`);
      const from = present?.lifecycle ?? "PROPOSED";
      checkTransition(keyOf(subject), from, to);
      const { locks, workflows } = proposal ?? present ?? { locks: [], workflows: [] };
      await append(by, {
        type: "lifecycle-changed",
        data: {
          subject,
          from,
          to,
          reason,
          locks: [...locks],
          workflows: [...workflows],
          ...(proposal === undefined ? {} : { proposal: proposal.id }),
        },
      });
      return governed(subject);
    },

    async reinstate(by, subject, reason) {
      requireRole(state(), by, "admin");
      governed(subject);
      await append(by, { type: "subject-reinstated", data: { subject, reason } });
      return governed(subject);
    },
  };
}

/** What an approver approves: not one byte of it may differ later. */
export function bindingOf({ subject, content, locks, workflows, risk }: Proposal): string {
  return digestOf({ subject, content, locks, workflows, risk });
}

function approvedProposalOf(state: GovernanceState, subject: Subject): Proposal | undefined {
  return [...state.proposals.values()].findLast(
    (proposal) => proposal.status === "APPROVED" && keyOf(proposal.subject) === keyOf(subject),
  );
}

function driftedOf(error: RuntimeError): readonly Subject[] {
  return (error.details as { readonly drifted: readonly Subject[] }).drifted;
}
