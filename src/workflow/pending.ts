import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import { frameOf, stepOf } from "./frames.ts";
import { itemsOf } from "./stack.ts";
import type { Command, Decided, Rollback, RunState, Stop } from "./state.ts";

/** The reason of a pause that nobody asked for: everything that is left waits for a human. */
export const APPROVAL_REQUIRED = "approval required";

/**
 * All that has to be done now. Together with the state it is enough to go on in another process, once that process
 * has said of every running step how it was interrupted.
 */
export function pending(state: RunState): Command[] {
  return newlyPending(null, state);
}

/** What has to be done in `state` and had not to be done in `before`. */
export function newlyPending(before: RunState | null, state: RunState): Command[] {
  const undo = undoing(state);
  if (undo !== null) return newCommand(before === null ? null : undoing(before), undo);
  if (state.phase === "PAUSED" && state.frozenBy !== null) return newAborts(before, state);
  if (state.phase !== "RUNNING") return [];
  const running = before?.phase === "RUNNING" ? before : null;
  if (state.stopping !== null && state.running.length > 0) return newAborts(running, state);
  const decided = conclude(state);
  if (decided !== null)
    return newCommand(running === null ? null : asCommand(conclude(running)), {
      kind: "append",
      event: decided,
    });
  return [...newStarts(running, state), ...newDelays(running, state), ...newQuestions(running, state)];
}

/** Whether the step's start is still wanted: to be asked right before an effect, after anything that took time. */
export function mayStart(state: RunState, stepKey: string): boolean {
  const phase = stepOf(state, stepKey)?.phase;
  return state.phase === "RUNNING" && state.stopping === null && (phase === "ready" || phase === "retrying");
}

/** What follows from a RUNNING state alone, when nothing is under way any more. */
export function conclude(state: RunState): Decided | null {
  if (state.running.length > 0) return null;
  if (state.stopping !== null) return stopped(state, state.stopping);
  if (state.ready.length > 0 || state.retrying.length > 0) return null;
  if (isDone(state)) return { type: "run-completed", data: {} };
  const unasked = state.waiting.some((key) => stepOf(state, key)?.approval === null);
  if (state.waiting.length === 0 || unasked) return null;
  return { type: "run-paused", data: { reason: APPROVAL_REQUIRED } };
}

export function isDone(state: RunState): boolean {
  return frameOf(state, "")?.open === 0;
}

function stopped(state: RunState, stopping: Stop): Decided {
  switch (stopping.why) {
    case "cancel": {
      const { reason, rollback } = stopping;
      if (rollback) return { type: "rollback-started", data: { reason } };
      const failure = toFailure(new RuntimeError("CANCELLED", `The run was cancelled: ${reason}`));
      return { type: "run-failed", data: { failure } };
    }
    case "lease":
      return state.undo === null ? restart(state, stopping.failure) : rollBack(stopping.failure);
    case "failure": {
      const toUndo = state.undo !== null || state.spec.global_compensation_steps.length > 0;
      if (state.autoRollback && toUndo) return rollBack(stopping.failure);
      return { type: "run-failed", data: { failure: stopping.failure } };
    }
    default:
      return stopping satisfies never;
  }
}

function rollBack(failure: Failure): Decided {
  return { type: "rollback-started", data: { reason: failure.message, failure } };
}

function restart(state: RunState, failure: Failure): Decided {
  return { type: "run-restarted", data: { attempt: state.attempt + 1, failure } };
}

/** The one thing that a rollback does now; `null` where none is under way. */
function undoing(state: RunState): Command | null {
  const { phase, undo, rollback, spec } = state;
  if (phase !== "ROLLING_BACK" || rollback === null) return null;
  if (undo !== null) return { kind: "undo", item: undo.top };
  if (rollback.globalsDone < spec.global_compensation_steps.length)
    return { kind: "compensate-globally", index: rollback.globalsDone };
  return { kind: "append", event: rolledBack(state, rollback) };
}

function rolledBack(
  state: RunState,
  { reason, failure, restart: again, restored, notRestored }: Rollback,
): Decided {
  if (notRestored !== null) {
    const lists = { restored: itemsOf(restored).reverse(), notRestored: itemsOf(notRestored).reverse() };
    const message = `The rollback could not restore ${lists.notRestored.join("; ")}.`;
    const incomplete = toFailure(
      new RuntimeError("ROLLBACK_INCOMPLETE", message, {
        details: failure === null ? lists : { ...lists, failure },
      }),
    );
    return { type: "rollback-incomplete", data: { ...lists, failure: incomplete } };
  }
  if (again && failure !== null) return restart(state, failure);
  return { type: "run-rolled-back", data: { reason } };
}

function asCommand(event: Decided | null): Command | null {
  return event === null ? null : { kind: "append", event };
}

function newCommand(before: Command | null, command: Command): Command[] {
  return before !== null && isSame(before, command) ? [] : [command];
}

function isSame(one: Command, other: Command): boolean {
  if (one.kind === "undo" && other.kind === "undo") return one.item === other.item;
  if (one.kind === "compensate-globally" && other.kind === "compensate-globally")
    return one.index === other.index;
  return one.kind === "append" && other.kind === "append" && one.event.type === other.event.type;
}

function newAborts(before: RunState | null, state: RunState): Command[] {
  const wasTold = (key: string) =>
    before !== null && isHalted(before) && stepOf(before, key)?.phase === "running";
  const steps = state.running.filter((key) => !wasTold(key));
  return steps.length === 0 ? [] : [{ kind: "abort", steps }];
}

function isHalted({ stopping, frozenBy }: RunState): boolean {
  return stopping !== null || frozenBy !== null;
}

function newStarts(before: RunState | null, state: RunState): Command[] {
  return added(before, state, "ready").map((step) => ({ kind: "start", step }));
}

function newDelays(before: RunState | null, state: RunState): Command[] {
  return added(before, state, "retrying").map((step) => ({
    kind: "start-later",
    step,
    at: stepOf(state, step)?.retryAt ?? state.updatedAt,
  }));
}

function newQuestions(before: RunState | null, state: RunState): Command[] {
  const asked = added(before, state, "waiting").filter((key) => stepOf(state, key)?.approval === null);
  return asked.map((step) => ({ kind: "ask", step }));
}

/** Steps join a list at its end, and one that stays in it is not touched: the new ones follow the last untouched. */
function added(
  before: RunState | null,
  state: RunState,
  list: "ready" | "retrying" | "waiting",
): readonly string[] {
  const keys = state[list];
  if (before === null) return keys;
  if (before[list] === keys) return [];
  const untouched = keys.findLastIndex((key) => stepOf(before, key) === stepOf(state, key));
  return keys.slice(untouched + 1);
}
