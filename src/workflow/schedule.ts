import { type Draft, without } from "./draft.ts";
import { changeFrame, changeStep, indexIn, newStep, planOfFrame, theFrame } from "./frames.ts";
import { push } from "./stack.ts";
import type { Frame, StepState } from "./state.ts";
import { mergeOutputs } from "./variables.ts";

export type Opening = Pick<
  Frame,
  "id" | "kind" | "block" | "specs" | "scope" | "parent" | "variables" | "limit"
>;

/** Adds a frame, and makes ready what in it waits for nothing. */
export function openFrame(draft: Draft, opening: Opening): void {
  const { id, specs } = opening;
  const steps = specs.map((spec) => newStep(id, spec));
  const frame: Frame = { ...opening, steps, outputs: {}, open: steps.length, underWay: 0, held: [] };
  changeFrame(draft, frame, {});
  if (steps.length === 0) draft.closing.push(id);
  planOfFrame(frame).waitsFor.forEach((needed, index) => {
    if (needed.length === 0) offer(draft, id, index);
  });
}

/** Ends a step well: its outputs become variables, and what waited for it may start. `null` means that it was skipped. */
export function settle(
  draft: Draft,
  step: StepState,
  outputs: Readonly<Record<string, unknown>> | null,
): void {
  const phase = outputs === null ? "skipped" : "completed";
  leaveList(draft, step);
  changeStep(draft, step, { phase, outputs, failure: null, retryAt: null, endedAt: draft.at });
  if (outputs !== null) mergeOutputs(draft, step, outputs);

  const frame = theFrame(draft.run, step.frame);
  const open = frame.open - 1;
  // A COMPENSATION settles without ever having been under way.
  const underWay = step.phase === "pending" ? frame.underWay : frame.underWay - 1;
  const [next, ...held] = frame.held;
  const released = next !== undefined && underWay < frame.limit;
  changeFrame(draft, frame, { open, underWay, held: released ? held : frame.held });
  if (open === 0) draft.closing.push(frame.id);
  if (released) offer(draft, frame.id, next);
  offerWaiters(draft, frame, indexIn(frame, step));
}

/** Takes the step out of the list that its phase puts it in. */
export function leaveList(draft: Draft, { key, phase }: StepState): void {
  const { run } = draft;
  if (phase === "ready" || phase === "running" || phase === "retrying" || phase === "waiting")
    run[phase] = without(run[phase], key);
}

/** Puts the step into another phase, and into the list that belongs to it. */
export function moveStep(
  draft: Draft,
  step: StepState,
  phase: "ready" | "running" | "retrying" | "waiting",
  changes: Partial<StepState> = {},
): StepState {
  leaveList(draft, step);
  draft.run[phase] = [...draft.run[phase], step.key];
  return changeStep(draft, step, { ...changes, phase });
}

/** What is noted about a step when it begins; it begins once, however often it is tried. */
export function beginning(draft: Draft, step: StepState): Pick<StepState, "startedAt" | "executionOrder"> {
  const { startedAt, executionOrder } = step;
  if (executionOrder !== null) return { startedAt, executionOrder };
  draft.run.begun++;
  return { startedAt: draft.at, executionOrder: draft.run.begun };
}

function offerWaiters(draft: Draft, { id, specs, kind }: Frame, index: number): void {
  const plan = planOfFrame({ specs, kind });
  for (const waiter of plan.waiters[index] ?? []) {
    const { steps } = theFrame(draft.run, id);
    const done = (before: number) =>
      steps[before]?.phase === "completed" || steps[before]?.phase === "skipped";
    if (plan.waitsFor[waiter]?.every(done) === true) offer(draft, id, waiter);
  }
}

/** Makes a step ready whose time has come, or holds it until the frame's limit allows. */
function offer(draft: Draft, id: string, index: number): void {
  const frame = theFrame(draft.run, id);
  const step = frame.steps[index];
  // What waits for a COMPENSATION and for what it compensates is offered by both.
  if (step?.phase !== "pending" || frame.held.includes(index)) return;
  if (step.spec.step_type === "COMPENSATION") armCompensation(draft, frame, step);
  else if (frame.underWay >= frame.limit) changeFrame(draft, frame, { held: [...frame.held, index] });
  else {
    changeFrame(draft, frame, { underWay: frame.underWay + 1 });
    moveStep(draft, step, "ready");
  }
}

/** A COMPENSATION step never runs forward: when what it compensates is done, it waits on the undo stack. */
function armCompensation(draft: Draft, frame: Frame, step: StepState): void {
  const { index } = planOfFrame(frame);
  const compensated = step.spec.depends_on.map((name) => frame.steps[index.get(name) ?? -1]);
  const happened = compensated.every(
    (other) => other?.phase === "completed" || other?.spec.step_type === "COMPENSATION",
  );
  if (happened) draft.run.undo = push(draft.run.undo, { kind: "compensation", step: step.key });
  settle(draft, step, null);
}
