import type { EventOf } from "./entry.ts";
import type { Lock, PackLock, Subject, WorkflowLock } from "./governance-event.ts";
import type { Principal } from "./principal.ts";

/** Instead of the digest of a handler that the embedding program brought: it is part of that program, as the runtime is. */
export const EMBEDDED = "embedded";

/** One capability that is about to run, as it was loaded. */
export type ReachRequest = {
  readonly found: Lock;
  /** What takes something back may also run when its pack was closed after the run had started. */
  readonly role: EventOf<"step-intended">["data"]["role"];
  /** ISO 8601 UTC. */
  readonly runStartedAt: string;
  readonly principal: Principal;
  /** The facade through which the run was asked for, as `name@version`. */
  readonly facade?: string | undefined;
};

/** A facade that somebody asks for, as it was loaded. */
export type FacadeRequest = {
  readonly facade: Subject;
  readonly specHash: string;
  /** The packs that it leads to, as they lie here now. */
  readonly packs: readonly PackLock[];
  readonly requiresPackActive: boolean;
  readonly workflow: string;
  readonly principal: Principal;
};

/** The governance chain, supplied from outside the kernel. Only what an ACTIVE pack contains, unchanged, is reached. */
export type Reach = {
  /** The ACTIVE pack, as `name@version`. @throws NOT_ACTIVE, DRIFTED, SUSPENDED, NOT_AUTHORIZED */
  readonly capability: (request: ReachRequest) => Promise<string>;
  /** The same for a workflow by its name; one in a file of somebody's own is as free as its steps. @throws as above */
  readonly workflow: (found: WorkflowLock, principal: Principal) => Promise<string>;
  /** The ACTIVE pack by itself, as `name@version`. @throws as above */
  readonly pack: (found: PackLock, principal: Principal) => Promise<string>;
  /** The ACTIVE facade, as `name@version`; the workflow is still to be reached. @throws as above */
  readonly facade: (request: FacadeRequest) => Promise<string>;
  /** Something of a pack is not, or does not do, what was approved: whatever contains it, and leads there, is suspended. */
  readonly suspend: (
    found: Lock,
    principal: Principal,
    cause: EventOf<"subject-suspended">["data"]["cause"],
    detail: string,
  ) => Promise<void>;
};

/** What the chain says about names alone: which of several versions is meant where nobody names one. */
export type Standing = {
  /** Whether an ACTIVE pack names this version, be it as it was approved or not. */
  readonly isInActivePack: (capability: string, version: string) => boolean;
  /** Whether a pack or facade is ACTIVE, be it suspended or not. */
  readonly isActive: (subject: Subject) => boolean;
};
