import type { EventOf } from "../contract/entry.ts";
import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import { beginSpell } from "./active-time.ts";
import type { Draft } from "./draft.ts";
import { changeStep, theFrame, theStep } from "./frames.ts";
import { beginning, leaveList } from "./schedule.ts";
import type { StepState } from "./state.ts";

/** So often a run starts again after a lease conflict; then the conflict counts as a failure. */
export const MAX_ATTEMPTS = 20;

/** Ends a step badly, the blocks around it too, and with it the run; the first failure is the one that counts. */
export function fail(draft: Draft, step: StepState, failure: Failure): void {
  leaveList(draft, step);
  changeStep(draft, step, {
    ...beginning(draft, step),
    phase: "failed",
    failure,
    retryAt: null,
    endedAt: draft.at,
  });
  for (let key = theFrame(draft.run, step.frame).block; key !== null;) {
    const block = theStep(draft.run, key);
    if (block.phase === "running") changeStep(draft, block, { phase: "failed", failure, endedAt: draft.at });
    key = theFrame(draft.run, block.frame).block;
  }
  const conflict = failure.code === "LEASE_CONFLICT" && draft.run.attempt < MAX_ATTEMPTS;
  if (draft.run.stopping === null) draft.run.stopping = { why: conflict ? "lease" : "failure", failure };
}

/** Ends the run on request. A rollback that is under way goes on; a run that would have started again does not. */
export function cancel(draft: Draft, { reason, rollback }: EventOf<"run-cancel-requested">["data"]): void {
  const { run } = draft;
  wake(draft);
  if (run.stopping !== null && run.stopping.why !== "lease") return;
  run.stopping = { why: "cancel", reason, rollback };
  if (run.rollback !== null) {
    run.rollback = { ...run.rollback, restart: false, reason, failure: null };
    run.failure = null;
  }
}

/** Ends the run because its time is up, after the pause if an operator asked for one; a rollback only ends in no restart. */
export function timeOut(draft: Draft): void {
  const { run } = draft;
  if (run.pauseReason === null) wake(draft);
  if (run.stopping !== null && run.stopping.why !== "lease") return;
  const limitSeconds = run.spec.max_execution_time_seconds;
  const failure = toFailure(
    new RuntimeError("RUN_TIMED_OUT", `Run ${run.run} took longer than ${limitSeconds} s.`),
  );
  run.stopping = { why: "failure", failure };
  if (run.rollback !== null) {
    run.rollback = { ...run.rollback, restart: false, failure };
    run.failure = failure;
  }
}

/** A pause ends. */
export function wake(draft: Draft): void {
  const { run } = draft;
  if (run.phase !== "PAUSED") return;
  run.phase = "RUNNING";
  run.pauseReason = null;
  run.frozenBy = null;
  beginSpell(draft);
}

/** The failure of a step whose last attempt was cut off by a crash, and that nobody allowed to be repeated. */
export function needsHuman({ key, attempt }: StepState): Failure {
  const message = `A crash cut off attempt ${attempt + 1} of the step "${key}"; whether it took effect is unknown.`;
  return toFailure(new RuntimeError("RECOVERY_NEEDS_HUMAN", message));
}

/** The run ends, or is rolled back: what was about to start is not going to, and no answer is awaited any more. */
export function dropUnstarted(draft: Draft): void {
  const { run } = draft;
  for (const key of [...run.ready, ...run.retrying, ...run.waiting]) {
    const step = theStep(draft.run, key);
    const failure = step.uncertain ? needsHuman(step) : step.phase === "retrying" ? step.failure : null;
    const outcome =
      failure === null
        ? { phase: "pending" as const }
        : { phase: "failed" as const, failure, endedAt: draft.at };
    changeStep(draft, step, { ...outcome, retryAt: null, approval: null });
  }
  run.ready = [];
  run.retrying = [];
  run.waiting = [];
}
