import { RuntimeError } from "../contract/errors.ts";
import type { Lock, PackLock, Subject, WorkflowLock } from "../contract/governance-event.ts";
import { EMBEDDED, type ReachRequest } from "../contract/reach.ts";
import type { Principal } from "../contract/principal.ts";
import { admits } from "./audience.ts";
import { requireFacade } from "./facade-reach.ts";
import { type Governed, type GovernanceState, keyOf, nameOf } from "./state.ts";

/** A pack whose lock names what was asked for, and how what was found differs from the lock. */
type Candidate = { readonly pack: Governed; readonly difference: string | undefined };

/**
 * The pack through which a capability runs now.
 *
 * @throws NOT_ACTIVE, SUSPENDED, NOT_AUTHORIZED, DRIFTED (`details.drifted` lists the packs)
 */
export function reachCapability(state: GovernanceState, request: ReachRequest): string {
  const { found, role, principal, facade, runStartedAt } = request;
  if (facade !== undefined && role === "step") requireFacade(state, facade);
  if (found.handlerHash === EMBEDDED) return EMBEDDED;
  const candidates = packsOf(state).flatMap((pack) => {
    const lock = pack.locks.find(
      ({ capability, version }) => capability === found.capability && version === found.version,
    );
    return lock === undefined ? [] : [{ pack, difference: differenceOf(lock, found) }];
  });
  return choose(
    `${found.capability} ${found.version}`,
    candidates,
    principal,
    role === "step" ? undefined : runStartedAt,
  );
}

/** The pack through which a named workflow runs now. @throws as for a capability */
export function reachWorkflow(state: GovernanceState, found: WorkflowLock, principal: Principal): string {
  const candidates = packsOf(state).flatMap((pack) => {
    const lock = pack.workflows.find(({ workflow }) => workflow === found.workflow);
    if (lock === undefined) return [];
    return [{ pack, difference: lock.specHash === found.specHash ? undefined : "it was changed" }];
  });
  return choose(`The workflow ${found.workflow}`, candidates, principal);
}

/** An ACTIVE pack by itself. @throws as for a capability */
export function reachPack(state: GovernanceState, found: PackLock, principal: Principal): string {
  const candidates = packsOf(state).flatMap((pack) => {
    if (pack.subject.name !== found.pack || pack.subject.version !== found.version) return [];
    return [{ pack, difference: pack.specHash === found.specHash ? undefined : "its spec was changed" }];
  });
  return choose(`The pack ${found.pack}@${found.version}`, candidates, principal);
}

/** Whether an ACTIVE pack names a version, be it as it was approved or not. */
export function isInActivePack(state: GovernanceState, id: string, version: string): boolean {
  const names = ({ lifecycle, locks }: Governed): boolean =>
    lifecycle === "ACTIVE" && locks.some((lock) => lock.capability === id && lock.version === version);
  return packsOf(state).some(names);
}

/** What a closed pack held and other packs still open the way to, by the names of these packs. */
export function reachedElsewhere(
  state: GovernanceState,
  { subject, locks, workflows }: Governed,
): readonly { readonly pack: string; readonly reached: readonly string[] }[] {
  const held = new Set(heldNames({ locks, workflows }));
  const others = packsOf(state).filter((pack) => isOpenNow(pack) && keyOf(pack.subject) !== keyOf(subject));
  return others.flatMap((pack) => {
    const reached = heldNames(pack).filter((name) => held.has(name));
    return reached.length === 0 ? [] : [{ pack: nameOf(pack), reached }];
  });
}

function heldNames({ locks, workflows }: Pick<Governed, "locks" | "workflows">): string[] {
  return [
    ...locks.map(({ capability, version }) => `${capability}@${version}`),
    ...workflows.map(({ workflow }) => workflow),
  ];
}

/** Every pack that contains this very code, in whatever state it is. */
export function packsWith(state: GovernanceState, { capability, handlerHash }: Lock): Subject[] {
  return packsOf(state)
    .filter(({ locks }) =>
      locks.some((lock) => lock.capability === capability && lock.handlerHash === handlerHash),
    )
    .map(({ subject }) => subject);
}

function packsOf(state: GovernanceState): Governed[] {
  return [...state.governed.values()].filter(({ subject }) => subject.kind === "pack");
}

function choose(
  what: string,
  candidates: readonly Candidate[],
  principal: Principal,
  runStartedAt?: string,
): string {
  const isOpen = ({ pack }: Candidate): boolean =>
    isOpenNow(pack) || (runStartedAt !== undefined && wasOpenAt(pack, runStartedAt));
  const open = candidates.filter(isOpen);
  const same = open.filter(({ difference }) => difference === undefined);
  const own = same.find(({ pack }) => admits(pack.principals, principal));
  if (own !== undefined) return nameOf(own.pack);
  const [foreign] = same;
  if (foreign !== undefined)
    throw new RuntimeError(
      "NOT_AUTHORIZED",
      `${what} is in ${nameOf(foreign.pack)}, which is for ${foreign.pack.principals?.join(", ")} alone.`,
    );
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

function isOpenNow({ lifecycle, suspension }: Governed): boolean {
  return lifecycle === "ACTIVE" && suspension === undefined;
}

/** What was closed under a run can still take back what the run did, and nobody else's run can start with it. */
function wasOpenAt({ closedAt, suspension }: Governed, time: string): boolean {
  return [closedAt, suspension?.at].every((at) => at === undefined || at > time);
}

function differenceOf(lock: Lock, found: Lock): string | undefined {
  if (lock.specHash !== found.specHash) return "its spec was changed";
  return lock.handlerHash === found.handlerHash
    ? undefined
    : `its handler was changed (${found.handlerHash} instead of ${lock.handlerHash})`;
}
