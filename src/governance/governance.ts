import { randomBytes } from "node:crypto";

import { RISKS, type Risk } from "../contract/capability.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Shipped, Subject } from "../contract/governance-event.ts";
import type { Panics } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import type { Reach, Standing } from "../contract/reach.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { quorumOf, requireAdminLeft, requireApprover, requireReviewer, requireRole } from "./approvers.ts";
import { facadesTo, reachFacade } from "./facade-reach.ts";
import { foldGovernance, GOVERNANCE_TYPES } from "./fold.ts";
import { checkTransition } from "./lifecycle.ts";
import { createPanics } from "./panic.ts";
import { isInActivePack, packsWith, reachCapability, reachPack, reachWorkflow } from "./reach.ts";
import { INSTALLATION, isNewHere, welcomeEvents } from "./shipped.ts";
import {
  bindingOf,
  EMPTY,
  type Governed,
  type GovernanceState,
  heldOf,
  isExpired,
  keyOf,
  type Lifecycle,
  type Proposal,
  type Registered,
} from "./state.ts";

type Submission = Omit<EventOf<"proposal-submitted">["data"], "proposal" | "content"> & {
  /** The spec that is proposed. */
  readonly content: unknown;
};

type Prepare = (content: unknown) => void;

/** The governance chain of one installation, as its home ledger has it. */
export type Governance = {
  /** As of the home ledger's newest entry, also of other processes. */
  readonly state: () => GovernanceState;
  readonly reach: Reach;
  readonly standing: Standing;
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
  /**
   * Moves a pack or facade to another state. `prepare` gets the approved content, if there is any, once it is clear
   * that the change may be made, and before it is.
   *
   * @throws NOT_AUTHORIZED, STATE_CONFLICT, SUBJECT_UNKNOWN
   */
  readonly change: (
    by: Principal,
    subject: Subject,
    to: Lifecycle,
    reason: string,
    prepare?: Prepare,
  ) => Promise<Governed>;
  /** Ends a suspension. @throws NOT_AUTHORIZED, SUBJECT_UNKNOWN, STATE_CONFLICT */
  readonly reinstate: (
    by: Principal,
    subject: Subject,
    reason: string,
    prepare?: Prepare,
  ) => Promise<Governed>;
  readonly panics: Panics;
  /** Gives somebody roles in place of those before; without any they have none. @throws NOT_AUTHORIZED, STATE_CONFLICT */
  readonly register: (by: Principal, somebody: Registered) => Promise<void>;
};

export function openGovernance(ledger: Ledger): Governance {
  let known = EMPTY;
  let version: string | undefined;
  const author = (reference: string) => ledger.object(reference) as Principal;

  const state = (): GovernanceState => {
    // Its own writes do not change the ledger's version, whoever of this process made them.
    const present = `${ledger.version()} ${ledger.lastSeq()}`;
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
  const suspensions = new Map<string, Promise<void>>();
  const suspend = async (
    by: Principal,
    subject: Subject,
    cause: EventOf<"subject-suspended">["data"]["cause"],
    detail: string,
  ): Promise<void> => {
    const key = keyOf(subject);
    if (state().governed.get(key)?.suspension !== undefined) return;
    const data = { subject, cause, detail };
    const appended = suspensions.get(key) ?? append(by, { type: "subject-suspended", data });
    suspensions.set(key, appended);
    await appended.finally(() => suspensions.delete(key));
  };
  /** What drifted is suspended, so that nobody reaches the rest of it either before somebody looked. */
  const suspending = async (by: Principal, look: () => string): Promise<string> => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "DRIFTED") throw error;
      const drifted = driftedOf(error);
      for (const subject of [...drifted, ...facadesTo(state(), drifted)])
        await suspend(by, subject, "drift", error.message);
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
      workflow: (found, principal) => suspending(principal, () => reachWorkflow(state(), found, principal)),
      pack: (found, principal) => suspending(principal, () => reachPack(state(), found, principal)),
      facade: (request) => suspending(request.principal, () => reachFacade(state(), request)),
      async suspend(found, principal, cause, detail) {
        const packs = packsWith(state(), found);
        for (const subject of [...packs, ...facadesTo(state(), packs)])
          await suspend(principal, subject, cause, detail);
      },
    },

    standing: {
      isInActivePack: (...named) => isInActivePack(state(), ...named),
      isActive: (subject) => state().governed.get(keyOf(subject))?.lifecycle === "ACTIVE",
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
      const proposal = pending(id);
      requireReviewer(state(), proposal, risk, by);
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
      if (isExpired(proposal, Date.now()))
        throw new RuntimeError(
          "STATE_CONFLICT",
          `The suggestion ${id} has expired; see what is suggested now.`,
        );
      if (decision === "approved") requireApprover(state(), proposal, by);
      else requireRole(state(), by, "approver");
      await append(by, {
        type: "proposal-decided",
        data: { proposal: id, decision, binds: bindingOf(proposal), reason },
      });
      return proposalAfter(id);
    },

    async change(by, subject, to, reason, prepare) {
      requireRole(state(), by, "operator");
      const present = state().governed.get(keyOf(subject));
      const proposal = approvedProposalOf(state(), subject);
      if (present === undefined && proposal === undefined)
        throw new RuntimeError("SUBJECT_UNKNOWN", `No proposal of ${keyOf(subject)} was approved.`);
      const from = present?.lifecycle ?? "PROPOSED";
      checkTransition(keyOf(subject), from, to);
      const approved = proposal ?? present ?? { locks: [], workflows: [] };
      if (to === "ACTIVE" && proposal !== undefined) prepare?.(ledger.object(proposal.content));
      await append(by, {
        type: "lifecycle-changed",
        data: {
          subject,
          from,
          to,
          reason,
          ...heldOf(approved),
          ...(proposal === undefined ? {} : { proposal: proposal.id }),
        },
      });
      return governed(subject);
    },

    async reinstate(by, subject, reason, prepare) {
      requireRole(state(), by, "admin");
      const { suspension, proposal } = governed(subject);
      if (suspension === undefined)
        throw new RuntimeError("STATE_CONFLICT", `${keyOf(subject)} is not suspended.`);
      const content = proposal === undefined ? undefined : state().proposals.get(proposal)?.content;
      if (content !== undefined) prepare?.(ledger.object(content));
      await append(by, { type: "subject-reinstated", data: { subject, reason } });
      return governed(subject);
    },

    panics: createPanics(state, append),

    async register(by, { name, person, roles }) {
      requireRole(state(), by, "admin");
      requireAdminLeft(state(), name, roles);
      await append(by, { type: "principal-registered", data: { name, person, roles: [...roles] } });
    },
  };
}

function approvedProposalOf(state: GovernanceState, subject: Subject): Proposal | undefined {
  return [...state.proposals.values()].findLast(
    (proposal) => proposal.status === "APPROVED" && keyOf(proposal.subject) === keyOf(subject),
  );
}

function driftedOf(error: RuntimeError): readonly Subject[] {
  return (error.details as { readonly drifted: readonly Subject[] }).drifted;
}
