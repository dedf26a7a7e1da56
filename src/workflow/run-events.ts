import type { WorkflowSpec } from "../contract/workflow.ts";
import type { EventOf } from "../contract/entry.ts";
import { toFailure } from "../contract/errors.ts";
import { beginSpell, endSpell } from "./active-time.ts";
import { type Draft, type Happened, type HappenedOf, refuse } from "./draft.ts";
import { APPROVAL_REQUIRED, conclude, isDone } from "./pending.ts";
import { refusalOf } from "./refusal.ts";
import { changeStep, theStep } from "./frames.ts";
import { moveStep, openFrame } from "./schedule.ts";
import { itemsOf, push, type Stack } from "./stack.ts";
import type { Phase, Rollback, RunState, UndoItem } from "./state.ts";
import { dropUnstarted, wake } from "./stopping.ts";
import { EMPTY_TABLE } from "./table.ts";
import { compensated, notCompensated } from "./undoing.ts";
import { overlay } from "./variables.ts";

/** The state of a run that has just started, with its first steps ready. @throws SPEC_INVALID */
export function begin(
  { event, at }: HappenedOf<"run-started">,
  specs: (digest: string) => WorkflowSpec,
): Draft {
  const { kind, spec: digest, subSpecs, inputs, cwd, autoRollback, facade } = event.data;
  const run: RunState = {
    run: event.run,
    kind,
    phase: "RUNNING",
    spec: specs(digest),
    subSpecs: new Map(Object.entries(subSpecs).map(([name, sub]) => [name, specs(sub)])),
    inputs,
    cwd,
    autoRollback,
    facade,
    attempt: 1,
    ...UNSTARTED,
    undoing: [],
    stopping: null,
    pauseReason: null,
    frozenBy: null,
    rollback: null,
    failure: null,
    reason: null,
    startedAt: at,
    updatedAt: at,
    endedAt: null,
    activeMs: 0,
    activeSince: at,
  };
  const draft: Draft = { run, at, closing: [] };
  openTop(draft);
  return draft;
}

const UNSTARTED = {
  frames: EMPTY_TABLE,
  begun: 0,
  ready: [],
  retrying: [],
  waiting: [],
  running: [],
  undo: null,
  undone: null,
} as const;

function openTop(draft: Draft): void {
  const { spec, inputs } = draft.run;
  const variables = overlay(spec.initial_state, inputs);
  const top = { id: "", kind: "workflow", block: null, scope: "", parent: null, limit: Infinity } as const;
  openFrame(draft, { ...top, specs: spec.steps, variables });
}

/** Another process goes on; the time since the last event was nobody's work. */
export function claimed(draft: Draft): void {
  if (draft.run.activeSince === null) return;
  endSpell(draft, draft.run.updatedAt);
  beginSpell(draft);
}

export function paused(draft: Draft, { event }: HappenedOf<"run-paused">): void {
  const { run } = draft;
  const { reason, panic } = event.data;
  if (panic !== undefined) return freeze(draft, event, panic);
  // Where there is something to do after all, an answer came before the pause.
  if (reason === APPROVAL_REQUIRED && conclude(run)?.type !== "run-paused") return;
  if (run.stopping !== null || run.pauseReason !== null)
    throw refuse(run, event, "it is stopping or was paused already");
  run.phase = "PAUSED";
  run.pauseReason = reason === APPROVAL_REQUIRED ? null : reason;
  endSpell(draft, draft.at);
}

/** Whatever it waits for, the run waits for the end of the panic too. Answers from before it count for nothing any more. */
function freeze(draft: Draft, event: EventOf<"run-paused">, panic: string): void {
  const { run } = draft;
  if (run.stopping !== null || run.frozenBy !== null)
    throw refuse(run, event, "it is stopping or frozen already");
  run.phase = "PAUSED";
  run.pauseReason = event.data.reason;
  run.frozenBy = panic;
  endSpell(draft, draft.at);
  for (const key of [...run.ready, ...run.retrying]) {
    const step = theStep(run, key);
    if (step.approval === null) continue;
    if (step.uncertain) moveStep(draft, step, "waiting", { approval: null });
    else changeStep(draft, step, { approval: null });
  }
}

export function resumed(draft: Draft, { event }: HappenedOf<"run-resumed">): void {
  const { run } = draft;
  if (run.pauseReason === null) throw refuse(run, event, "it waits for an approval");
  wake(draft);
}

/** A governor that refuses the whole run ends it before its first step; its other answers are about one step. */
export function hookAnswered({ run }: Draft, { event }: HappenedOf<"hook-answered">): void {
  if (event.data.event !== "pre_execution" || event.data.decision !== "DENY") return;
  run.stopping ??= { why: "failure", failure: toFailure(refusalOf(event.data, `Run ${run.run}`)) };
}

export function completed(draft: Draft, { event, seq }: HappenedOf<"run-completed">): void {
  const { run } = draft;
  if (!isDone(run)) throw refuse(run, event, "not all its steps are done");
  if (run.stopping !== null && seq === null) throw refuse(run, event, "it is stopping");
  run.stopping = null;
  end(draft, "COMPLETED");
}

export function failed(draft: Draft, { event }: HappenedOf<"run-failed">): void {
  needStopped(draft, event);
  dropUnstarted(draft);
  draft.run.failure = event.data.failure;
  end(draft, "FAILED");
}

export function rollbackStarted(draft: Draft, { event }: HappenedOf<"rollback-started">): void {
  const { run } = draft;
  needStopped(draft, event);
  dropUnstarted(draft);
  const { reason, failure = null } = event.data;
  const restart = run.stopping?.why === "lease";
  run.phase = "ROLLING_BACK";
  run.pauseReason = null;
  run.reason = reason;
  run.failure = failure;
  run.rollback = {
    reason,
    failure,
    restart,
    globalsDone: 0,
    restored: null,
    notRestored: null,
    refused: null,
  };
  beginSpell(draft);
}

export function restarted(draft: Draft, { event }: HappenedOf<"run-restarted">): void {
  const { run } = draft;
  needStopped(draft, event);
  if (run.undo !== null) throw refuse(run, event, "not everything is undone");
  const { stopping } = run;
  Object.assign(run, UNSTARTED, { attempt: event.data.attempt, rollback: null, failure: null, reason: null });
  if (run.phase === "ROLLING_BACK") run.phase = "RUNNING";
  run.stopping = stopping?.why === "cancel" ? stopping : null;
  openTop(draft);
}

export function rolledBack(draft: Draft, { event }: HappenedOf<"run-rolled-back">): void {
  const { run } = draft;
  needUndone(draft, event);
  if (run.rollback?.notRestored) throw refuse(run, event, "something was not restored");
  run.reason = event.data.reason;
  end(draft, "ROLLED_BACK");
}

/** What was not restored is still in effect, so that it can be undone by hand. */
export function rollbackIncomplete(draft: Draft, { event }: HappenedOf<"rollback-incomplete">): void {
  const { run } = draft;
  needUndone(draft, event);
  run.undo = itemsOf(run.rollback?.refused ?? null).reduce<Stack<UndoItem>>(push, null);
  run.failure = event.data.failure;
  run.reason = event.data.failure.message;
  end(draft, "FAILED");
}

/** A compensation or a global compensation that is tried changes nothing yet: its undo stays due until it has an outcome. */
export function compensationIntended({ run }: Draft, { event }: HappenedOf<"step-intended">): void {
  if (event.data.role === "step") throw refuse(run, event, "no step starts any more");
}

export function compensationCompleted(draft: Draft, { event }: HappenedOf<"step-completed">): void {
  const { run } = draft;
  if (compensated(draft, event.step)) return;
  const rollback = globalNow(draft, event);
  run.rollback = {
    ...rollback,
    globalsDone: rollback.globalsDone + 1,
    restored: push(rollback.restored, event.step),
  };
}

/** With `retryAt` the undo stays due. */
export function compensationFailed(draft: Draft, { event }: HappenedOf<"step-failed">): void {
  if (event.data.retryAt === undefined) giveUpCompensation(draft, event);
}

/** One that a crash cut off without harm stays due; of any other it is not known what it did. */
export function compensationInterrupted(draft: Draft, { event }: HappenedOf<"step-interrupted">): void {
  if (event.data.outcome === "unknown") giveUpCompensation(draft, event);
}

function giveUpCompensation(draft: Draft, event: EventOf<"step-failed" | "step-interrupted">): void {
  const { run } = draft;
  if (notCompensated(draft, event.step)) return;
  const rollback = globalNow(draft, event);
  run.rollback = {
    ...rollback,
    globalsDone: rollback.globalsDone + 1,
    notRestored: push(rollback.notRestored, event.step),
  };
}

/** After the end an operator may have a compensation run; one that fails stays due. */
export function compensatedAfterEnd(draft: Draft, { event }: HappenedOf<"step-completed">): void {
  if (compensated(draft, event.step) || event.step.startsWith("global[")) return;
  throw refuse(draft.run, event, "no such compensation is due");
}

export function undoneAfterEnd({ run }: Draft, { event }: HappenedOf<"run-undone">): void {
  if (!event.data.partial) run.phase = "ROLLED_BACK";
  run.reason = event.data.reason;
}

/** The run is again what it was at its end. */
export function redone({ run }: Draft, { event }: HappenedOf<"run-redone">): void {
  run.phase = event.data.status;
  run.reason = event.data.reason;
}

function globalNow(
  { run }: Draft,
  event: EventOf<"step-completed" | "step-failed" | "step-interrupted">,
): Rollback {
  const { rollback } = run;
  if (rollback === null || run.undo !== null || event.step !== `global[${rollback.globalsDone}]`)
    throw refuse(run, event, "no such compensation is due");
  return rollback;
}

function needStopped({ run }: Draft, event: Happened["event"]): void {
  if (run.stopping === null || run.running.length > 0) throw refuse(run, event, "it has not stopped");
}

function needUndone({ run }: Draft, event: Happened["event"]): void {
  const left =
    run.undo !== null ||
    run.rollback === null ||
    run.rollback.globalsDone < run.spec.global_compensation_steps.length;
  if (left) throw refuse(run, event, "not everything is undone");
}

function end(draft: Draft, phase: Phase): void {
  draft.run.phase = phase;
  draft.run.pauseReason = null;
  draft.run.endedAt = draft.at;
  endSpell(draft, draft.at);
}
