import type { EventOf } from "./entry.ts";
import type { Lock, WorkflowLock } from "./governance-event.ts";
import type { Principal } from "./principal.ts";

/** Instead of the digest of a handler that the embedding program brought: it is part of that program, as the runtime is. */
export const EMBEDDED = "embedded";

/** One capability that is about to run, as it was loaded. */
export type ReachRequest = {
  readonly found: Lock;
  /** What takes something back may also run when its pack was frozen meanwhile. */
  readonly role: EventOf<"step-intended">["data"]["role"];
  readonly principal: Principal;
};

/** The governance chain, supplied from outside the kernel. Only what an ACTIVE pack contains, unchanged, is reached. */
export type Reach = {
  /** The ACTIVE pack, as `name@version`. @throws NOT_ACTIVE, DRIFTED, SUSPENDED */
  readonly capability: (request: ReachRequest) => Promise<string>;
  /** The same for a workflow by its name; one in a file of somebody's own is as free as its steps. @throws as above */
  readonly workflow: (found: WorkflowLock, principal: Principal) => Promise<string>;
};
