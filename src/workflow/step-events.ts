import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { RunEvent } from "../contract/entry.ts";
import { enterBlock } from "./blocks.ts";
import { type Draft, type HappenedOf, refuse } from "./draft.ts";
import { changeStep, frameOf, stepOf } from "./frames.ts";
import { beginning, moveStep, settle } from "./schedule.ts";
import { push, take } from "./stack.ts";
import type { StepPhase, StepState } from "./state.ts";
import { fail, needsHuman, wake } from "./stopping.ts";

export function stepIntended(draft: Draft, { event, seq }: HappenedOf<"step-intended">): void {
  const { data } = event;
  if (data.role !== "step")
    throw refuse(draft.run, event, `a ${data.role} runs in a rollback or after the end`);
  const step = stepIn(draft, event, "ready", "retrying");
  refuseWhenHalted(draft, event, seq);
  const { attempt, capability, inputs } = data;
  moveStep(draft, step, "running", {
    ...beginning(draft, step),
    attempt,
    capability,
    isLasting: data.undo === "compensable" || data.undo === "irreversible",
    inputs,
    retryAt: null,
    approval: null,
    uncertain: false,
  });
  // From the first intent on: what an attempt that failed has left outside is not known.
  if (step.spec.compensation !== undefined) owe(draft, event.step);
}

export function stepCompleted(draft: Draft, { event }: HappenedOf<"step-completed">): void {
  const step = attemptOf(draft, event);
  owe(draft, step.key);
  settle(draft, step, event.data.outputs);
}

/**
 * A step whose effect the runtime cannot reverse owes a compensation. One that declares none stays on the stack all
 * the same, so that a rollback reports what it could not take back.
 */
function owe(draft: Draft, key: string): void {
  const { run } = draft;
  const step = stepOf(run, key);
  if (step?.isLasting !== true || isCovered(run, step)) return;
  if (take(run.undo, (item) => item.kind === "compensation" && item.step === key) !== undefined) return;
  run.undo = push(run.undo, { kind: "compensation", step: key });
}

/** A COMPENSATION step that depends on it compensates it. */
function isCovered(run: Draft["run"], { frame, spec }: StepState): boolean {
  if (spec.compensation !== undefined) return false;
  return (
    frameOf(run, frame)?.specs.some(
      ({ step_type, depends_on }) => step_type === "COMPENSATION" && depends_on.includes(spec.name),
    ) === true
  );
}

export function stepFailed(draft: Draft, { event }: HappenedOf<"step-failed">): void {
  const { attempt, failure, retryAt } = event.data;
  const step = stepIn(draft, event, "ready", "retrying", "running");
  if (step.phase === "running") attemptOf(draft, event);
  const tried = { ...step, attempt: Math.max(step.attempt, attempt) };
  if (retryAt === undefined) fail(draft, tried, failure);
  else moveStep(draft, tried, "retrying", { ...beginning(draft, step), failure, retryAt });
}

export function stepSkipped(draft: Draft, { event }: HappenedOf<"step-skipped">): void {
  settle(draft, stepIn(draft, event, "ready", "retrying"), null);
}

export function blockEntered(draft: Draft, { event, seq }: HappenedOf<"block-entered">): void {
  const step = stepIn(draft, event, "ready", "retrying");
  refuseWhenHalted(draft, event, seq);
  enterBlock(draft, step, event);
}

/** A crash cut an attempt off. Its number is used again, because the attempt did not end. */
export function stepInterrupted(draft: Draft, { event }: HappenedOf<"step-interrupted">): void {
  const { attempt, outcome } = event.data;
  const step = attemptOf(draft, event);
  if (outcome === "unknown") moveStep(draft, step, "waiting", { attempt: attempt - 1, uncertain: true });
  else moveStep(draft, step, "ready", { attempt: attempt - 1 });
}

export function effectIntended(draft: Draft, { event, seq }: HappenedOf<"effect-intended">): void {
  const { changes } = event.data;
  // Something is about to leave the workspace.
  if (changes.length === 0) return owe(draft, event.step);
  if (seq === null)
    throw new RuntimeError(
      "INTERNAL",
      `An effect of the step "${event.step}" came without its sequence number.`,
    );
  const paths = changes.map(({ path }) => path);
  draft.run.undo = push(draft.run.undo, { kind: "effect", seq, step: event.step, paths });
}

export function approvalRequested(draft: Draft, { event, seq }: HappenedOf<"approval-requested">): void {
  const step = stepIn(draft, event, "ready", "retrying", "waiting");
  if (step.phase === "waiting" && step.approval !== null)
    throw refuse(draft.run, event, `it waits for ${step.approval.id}`);
  refuseWhenHalted(draft, event, seq);
  const { approval: id, binds } = event.data;
  moveStep(draft, step, "waiting", {
    ...beginning(draft, step),
    retryAt: null,
    approval: { id, binds, granted: false },
  });
}

/** An answer ends the pause that waited for it; a pause that an operator asked for goes on. */
export function approvalDecided(draft: Draft, { event, seq }: HappenedOf<"approval-decided">): void {
  const { run } = draft;
  const { approval, decision, reason } = event.data;
  const step = stepIn(draft, event, "waiting");
  if (step.approval?.id !== approval) throw refuse(run, event, `it does not wait for ${approval}`);
  // To reject is always possible: nothing goes forward by it.
  if (run.frozenBy === null) refuseWhenHalted(draft, event, seq);
  else if (decision === "approved") throw refuse(run, event, "a panic holds it up");
  if (run.pauseReason === null) wake(draft);
  const answered = changeStep(draft, step, {
    approval: { ...step.approval, granted: decision === "approved" },
  });
  if (decision !== "approved")
    fail(draft, answered, step.uncertain ? needsHuman(step) : denied(step.key, decision, reason));
  else if (step.spec.step_type === "HUMAN_APPROVAL") settle(draft, answered, { approved: true });
  else moveStep(draft, answered, "ready");
}

/** What was approved and has not begun is denied after all, and what was not answered yet too. */
export function approvalRevoked(draft: Draft, { event, seq }: HappenedOf<"approval-revoked">): void {
  const { run } = draft;
  const { approval, reason } = event.data;
  const step = stepIn(draft, event, "waiting", "ready", "retrying");
  if (step.approval?.id !== approval)
    throw refuse(run, event, `the approval ${approval} was used or is over`);
  // Nothing goes forward by it either.
  if (run.frozenBy === null) refuseWhenHalted(draft, event, seq);
  if (run.pauseReason === null) wake(draft);
  fail(draft, step, step.uncertain ? needsHuman(step) : denied(step.key, "revoked", reason));
}

function denied(key: string, decision: string, reason: string) {
  return toFailure(
    new RuntimeError("DENIED", `The approval of the step "${key}" was ${decision}: ${reason}`),
  );
}

type StepEvent = Extract<RunEvent, { step: string }>;

function stepIn(draft: Draft, event: StepEvent, ...phases: readonly StepPhase[]): StepState {
  const step = stepOf(draft.run, event.step);
  if (step === undefined) throw refuse(draft.run, event, "there is no such step");
  if (!phases.includes(step.phase)) throw refuse(draft.run, event, `the step is ${step.phase}`);
  return step;
}

/** The step, when an attempt of it runs; a block runs too, but its steps do the work. */
function attemptOf(draft: Draft, event: StepEvent): StepState {
  const step = stepIn(draft, event, "running");
  if (step.capability === null) throw refuse(draft.run, event, "the step is a block");
  return step;
}

/** What is only proposed can still be refused; what another process did before it knew of the stop has happened. */
function refuseWhenHalted({ run }: Draft, event: StepEvent, seq: number | null): void {
  if (seq !== null) return;
  if (run.stopping !== null || run.frozenBy !== null) throw refuse(run, event, "nothing starts any more");
}
