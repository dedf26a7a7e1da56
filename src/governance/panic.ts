import { randomBytes } from "node:crypto";

import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import {
  type Concerned,
  type Panic,
  PANIC_ACTIONS,
  type PanicOrder,
  type Panics,
  type PanicScope,
} from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import { requireRole, rolesOf, show } from "./approvers.ts";
import type { GovernanceState } from "./state.ts";

type Principals = Pick<GovernanceState, "principals">;
type Known = { readonly panics: ReadonlyMap<string, Panic> };
type Change = EventOf<"panic-raised" | "panic-lifted">;

export function createPanics(
  state: () => GovernanceState,
  append: (by: Principal, event: Change) => Promise<void>,
): Panics {
  const found = (id: string): Panic => {
    const panic = state().panics.get(id);
    if (panic === undefined) throw new RuntimeError("SUBJECT_UNKNOWN", `There is no panic "${id}".`);
    return panic;
  };
  return {
    alarm: {
      open: () => state().openPanics,
      over: (whom) => panicOver(state().openPanics, whom),
      lastOver: (whom) => lastOver(state(), whom),
    },
    async raise(by, order, owner = by) {
      requireScope(state(), by, order);
      if (!stopsOthers(state(), by) && !isOwn(by, owner))
        throw new RuntimeError("NOT_AUTHORIZED", `${show(by)} may not stop a run of ${show(owner)}.`);
      const wanted = keyOf({ ...order, by, isWide: stopsOthers(state(), by) });
      const present = state().openPanics.find((panic) => keyOf(panic) === wanted);
      if (present !== undefined) return present;
      const panic = `panic-${randomBytes(8).toString("hex")}`;
      await append(by, { type: "panic-raised", data: { panic, ...order } });
      return found(panic);
    },
    async lift(by, id, reason) {
      requireRole(state(), by, "admin");
      if (found(id).lifted !== null) throw new RuntimeError("STATE_CONFLICT", `${id} was lifted already.`);
      await append(by, { type: "panic-lifted", data: { panic: id, reason } });
      return found(id);
    },
    all: () => [...state().panics.values()],
  };
}

/** The strictest of these panics over a run, or over what somebody asks for; they must be open. */
export function panicOver(open: readonly Panic[], whom: Concerned): Panic | undefined {
  // So it is nearly always, and this is asked at every effect.
  if (open.length === 0) return undefined;
  return open
    .filter((panic) => covers(panic, whom))
    .toSorted((one, other) => strictness(other) - strictness(one))[0];
}

function strictness({ action }: Panic): number {
  return PANIC_ACTIONS.indexOf(action);
}

function keyOf({ by, isWide, action, scope }: PanicOrder & Pick<Panic, "by" | "isWide">): string {
  return canonicalJson([by, isWide, action, scope]);
}

/** The panics after one more was raised. An id that is there already means the first one. @throws NOT_AUTHORIZED */
export function afterRaised(
  state: Principals & Known,
  { data, at }: Entry<EventOf<"panic-raised">>,
  by: Principal,
): ReadonlyMap<string, Panic> {
  const { panic: id, ...order } = data;
  requireScope(state, by, order);
  if (state.panics.has(id)) return state.panics;
  const panic: Panic = { ...order, id, by, at, isWide: stopsOthers(state, by), lifted: null };
  return new Map(state.panics).set(id, panic);
}

/** The panics after one of them was lifted. @throws NOT_AUTHORIZED */
export function afterLifted(
  state: Principals & Known,
  { data, at }: Entry<EventOf<"panic-lifted">>,
  by: Principal,
): ReadonlyMap<string, Panic> {
  requireRole(state, by, "admin");
  const panic = state.panics.get(data.panic);
  if (panic?.lifted !== null) return state.panics;
  return new Map(state.panics).set(panic.id, { ...panic, lifted: { by, reason: data.reason, at } });
}

/** @throws NOT_AUTHORIZED where somebody would stop others than themselves */
function requireScope(state: Principals, by: Principal, { scope }: Pick<PanicOrder, "scope">): void {
  if (stopsOthers(state, by) || isOfTheirOwn(by, scope)) return;
  const whom = "name" in scope ? `the ${scope.kind} ${scope.name}` : "everybody";
  throw new RuntimeError("NOT_AUTHORIZED", `${show(by)} may not stop ${whom}, but only what is their own.`);
}

/** Without a role a panic counts for one's own runs alone, whatever it names; what can only be another's is refused. */
function isOfTheirOwn({ human, agent }: Principal, scope: PanicScope): boolean {
  const isPerson = human !== "" && agent === "";
  switch (scope.kind) {
    case "all":
      return false;
    case "run":
      return true;
    case "agent":
      return isPerson || scope.name === agent;
    case "human":
      return isPerson && scope.name === human;
    default:
      return scope satisfies never;
  }
}

const STOPPING_ROLES: ReadonlySet<string> = new Set(["operator", "approver", "admin"]);

function stopsOthers(state: Principals, by: Principal): boolean {
  return rolesOf(state, by).some((role) => STOPPING_ROLES.has(role));
}

function covers({ scope, by, isWide }: Panic, { run, principal }: Concerned): boolean {
  if (!isWide && !isOwn(by, principal)) return false;
  switch (scope.kind) {
    case "all":
      return true;
    case "agent":
      return principal.agent === scope.name;
    case "human":
      return principal.human === scope.name;
    case "run":
      return run === scope.run;
    default:
      return scope satisfies never;
  }
}

/** A person's own is what agents do for them too; an agent's own is what it does itself for the same person. */
function isOwn(by: Principal, { human, agent, service }: Principal): boolean {
  if (by.human !== human) return false;
  if (by.agent !== "") return by.agent === agent;
  return by.human !== "" || (agent === "" && by.service === service);
}

function lastOver({ panics }: Known, whom: Concerned): string | undefined {
  return [...panics.values()]
    .filter((panic) => covers(panic, whom))
    .map(({ at, lifted }) => lifted?.at ?? at)
    .toSorted()
    .at(-1);
}
