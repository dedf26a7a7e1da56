import { RuntimeError } from "../contract/errors.ts";
import type { Lock, WorkflowLock } from "../contract/governance-event.ts";
import { EMBEDDED, type ReachRequest } from "../contract/reach.ts";
import type { Governed, GovernanceState } from "./state.ts";

/** A pack whose lock names what was asked for, and how what was found differs from the lock. */
type Candidate = { readonly pack: Governed; readonly difference: string | undefined };

/**
 * The pack through which a capability runs now.
 *
 * @throws NOT_ACTIVE, SUSPENDED, DRIFTED (`details.drifted` lists the packs)
 */
export function reachCapability(state: GovernanceState, { found, role }: ReachRequest): string {
  if (found.handlerHash === EMBEDDED) return EMBEDDED;
  const candidates = packsOf(state).flatMap((pack) => {
    const lock = pack.locks.find(
      ({ capability, version }) => capability === found.capability && version === found.version,
    );
    return lock === undefined ? [] : [{ pack, difference: differenceOf(lock, found) }];
  });
  return choose(`${found.capability} ${found.version}`, candidates, role !== "step");
}

/** The pack through which a named workflow runs now. @throws as for a capability */
export function reachWorkflow(state: GovernanceState, found: WorkflowLock): string {
  const candidates = packsOf(state).flatMap((pack) => {
    const lock = pack.workflows.find(({ workflow }) => workflow === found.workflow);
    if (lock === undefined) return [];
    return [{ pack, difference: lock.specHash === found.specHash ? undefined : "it was changed" }];
  });
  return choose(`The workflow ${found.workflow}`, candidates, false);
}

function packsOf(state: GovernanceState): Governed[] {
  return [...state.governed.values()].filter(({ subject }) => subject.kind === "pack");
}

function choose(what: string, candidates: readonly Candidate[], takesBack: boolean): string {
  const isOpen = ({ pack }: Candidate): boolean =>
    takesBack ? pack.lifecycle !== "PROPOSED" : pack.lifecycle === "ACTIVE" && pack.suspension === undefined;
  const open = candidates.filter(isOpen);
  const same = open.find(({ difference }) => difference === undefined);
  if (same !== undefined) return nameOf(same.pack);
  const [drifted] = open;
  if (drifted !== undefined)
    throw new RuntimeError("DRIFTED", `${what} is not what was approved: ${drifted.difference}.`, {
      details: { drifted: open.map(({ pack }) => pack.subject) },
    });
  const suspended = candidates.find(({ pack }) => pack.suspension !== undefined)?.pack;
  if (suspended?.suspension !== undefined)
    throw new RuntimeError(
      "SUSPENDED",
      `${what} is in the suspended pack ${nameOf(suspended)}: ${suspended.suspension.detail}`,
    );
  const states = candidates.map(({ pack }) => `${nameOf(pack)} is ${pack.lifecycle}`);
  throw new RuntimeError(
    "NOT_ACTIVE",
    `${what} is in no ACTIVE pack${states.length === 0 ? "" : ` (${states.join(", ")})`}.`,
  );
}

function differenceOf(lock: Lock, found: Lock): string | undefined {
  if (lock.specHash !== found.specHash) return "its spec was changed";
  return lock.handlerHash === found.handlerHash ? undefined : "its handler was changed";
}

function nameOf({ subject: { name, version } }: Governed): string {
  return `${name}@${version}`;
}
