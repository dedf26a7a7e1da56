import { RuntimeError } from "../contract/errors.ts";
import type { Subject } from "../contract/governance-event.ts";
import type { FacadeRequest } from "../contract/reach.ts";
import { type Governed, type GovernanceState, keyOf, nameOf } from "./state.ts";

/**
 * The facade through which a workflow is asked for now.
 *
 * @throws NOT_ACTIVE, SUSPENDED; DRIFTED (`details.drifted` lists the facade and the packs)
 */
export function reachFacade(state: GovernanceState, request: FacadeRequest): string {
  const { facade: subject, specHash, packs, workflow, requiresPackActive } = request;
  const facade = requireOpen(state, subject);
  const name = `The facade ${nameOf(facade)}`;
  if (facade.specHash !== specHash) throw drifted(`${name} is not what was approved.`, [subject]);
  for (const lock of facade.packs ?? []) {
    const pack = { kind: "pack", name: lock.pack, version: lock.version } as const;
    const found = packs.find((each) => each.pack === lock.pack && each.version === lock.version);
    if (found?.specHash !== lock.specHash)
      throw drifted(
        `${name} leads to the pack ${lock.pack}@${lock.version}, which is not what was approved.`,
        [subject, pack],
      );
    if (requiresPackActive) requireOpen(state, pack);
  }
  const leadsThere = (facade.packs ?? []).some((lock) =>
    state.governed
      .get(keyOf({ kind: "pack", name: lock.pack, version: lock.version }))
      ?.workflows.some((each) => each.workflow === workflow),
  );
  if (requiresPackActive && !leadsThere)
    throw new RuntimeError("NOT_ACTIVE", `${name} leads to no pack with the workflow ${workflow}.`);
  return nameOf(facade);
}

/** Whether a run that came through a facade may go on. @throws NOT_ACTIVE, SUSPENDED */
export function requireFacade(state: GovernanceState, reference: string): void {
  const at = reference.lastIndexOf("@");
  requireOpen(state, { kind: "facade", name: reference.slice(0, at), version: reference.slice(at + 1) });
}

/** Facades that lead to one of the packs: nobody may come through them either. */
export function facadesTo(state: GovernanceState, packs: readonly Subject[]): Subject[] {
  const keys = new Set(packs.map(keyOf));
  return [...state.governed.values()]
    .filter(({ packs: held = [] }) =>
      held.some(({ pack, version }) => keys.has(keyOf({ kind: "pack", name: pack, version }))),
    )
    .map(({ subject }) => subject);
}

function requireOpen(state: GovernanceState, subject: Subject): Governed {
  const governed = state.governed.get(keyOf(subject));
  const name = `The ${subject.kind} ${subject.name}@${subject.version}`;
  if (governed === undefined) throw new RuntimeError("NOT_ACTIVE", `${name} was never made ACTIVE.`);
  if (governed.suspension !== undefined)
    throw new RuntimeError("SUSPENDED", `${name} is suspended: ${governed.suspension.detail}`);
  if (governed.lifecycle !== "ACTIVE")
    throw new RuntimeError("NOT_ACTIVE", `${name} is ${governed.lifecycle}.`);
  return governed;
}

function drifted(message: string, subjects: readonly Subject[]): RuntimeError {
  return new RuntimeError("DRIFTED", message, { details: { drifted: subjects } });
}
