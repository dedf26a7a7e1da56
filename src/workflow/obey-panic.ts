import type { EventOf } from "../contract/entry.ts";
import type { Panic } from "../contract/panic.ts";
import type { LiveRun } from "./live-run.ts";
import { isHooked, tellPanic } from "./run-hooks.ts";
import type { RunState } from "./state.ts";

type Order =
  | Pick<EventOf<"run-paused">, "type" | "data">
  | Pick<EventOf<"run-cancel-requested">, "type" | "data">;

/**
 * Does to a run what the strictest panic over it says, in the name of who raised it. Nothing, where it has been done
 * already, and where the run has ended or only takes back what it did.
 */
export function obeyPanic(live: LiveRun): void {
  const { run, principal, kernel, state } = live;
  const panic = kernel.alarm.over({ run, principal });
  const order = panic === undefined ? null : orderOf(state, panic);
  if (panic === undefined || order === null) return;
  live.emitAs(panic.by, { ...order, run }).catch(() => {});
  if (isHooked(live)) live.during(tellPanic(live, panic));
}

/** What a panic orders a run in this state to do; null for nothing. */
export function orderOf(state: RunState, { id: panic, action, reason: why }: Panic): Order | null {
  const { phase, stopping, frozenBy, endedAt, rollback } = state;
  const reason = `${panic} (${action}): ${why}`;
  if (endedAt !== null) return null;
  if (action === "FREEZE") {
    const isHeldUp = stopping !== null || frozenBy !== null || phase === "ROLLING_BACK";
    return isHeldUp ? null : { type: "run-paused", data: { reason, panic } };
  }
  // One that lost a race for a path would start again.
  const isEnding = stopping !== null && stopping.why !== "lease";
  if (isEnding || (rollback !== null && !rollback.restart)) return null;
  return {
    type: "run-cancel-requested",
    data: { reason, rollback: action === "CANCEL_AND_ROLLBACK", panic },
  };
}
