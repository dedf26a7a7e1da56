import type { StepSpec } from "../contract/workflow.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Draft } from "./draft.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Frame, RunState, StepState } from "./state.ts";
import { find, put, valuesOf } from "./table.ts";

export function stepOf(state: Pick<RunState, "frames">, key: string): StepState | undefined {
  const frame = frameOf(state, frameIdOf(key));
  if (frame === undefined) return undefined;
  const index = planOfFrame(frame).index.get(key.slice(frame.id === "" ? 0 : frame.id.length + 1));
  return index === undefined ? undefined : frame.steps[index];
}

export function frameOf(state: Pick<RunState, "frames">, id: string): Frame | undefined {
  return find(state.frames, id);
}

/** Every step of the run, those of one frame together and as written; frames in no particular order. */
export function* stepsOf(state: Pick<RunState, "frames">): IterableIterator<StepState> {
  for (const frame of valuesOf(state.frames)) yield* frame.steps;
}

/** The id of the frame that a step lies in: its key without the last part. */
export function frameIdOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf("/")));
}

export function planOfFrame({ specs, kind }: Pick<Frame, "specs" | "kind">): Plan {
  return planOf(specs, kind === "parallel");
}

/** @throws INTERNAL where the state has no such step */
export function theStep(state: Pick<RunState, "run" | "frames">, key: string): StepState {
  const step = stepOf(state, key);
  if (step === undefined) throw new RuntimeError("INTERNAL", `Run ${state.run} has no step "${key}".`);
  return step;
}

/** @throws INTERNAL where the state has no such frame */
export function theFrame(state: Pick<RunState, "run" | "frames">, id: string): Frame {
  const frame = frameOf(state, id);
  if (frame === undefined) throw new RuntimeError("INTERNAL", `Run ${state.run} has no frame "${id}".`);
  return frame;
}

export function changeStep(draft: Draft, step: StepState, changes: Partial<StepState>): StepState {
  const frame = theFrame(draft.run, step.frame);
  const changed = { ...step, ...changes };
  changeFrame(draft, frame, { steps: frame.steps.with(indexIn(frame, step), changed) });
  return changed;
}

export function changeFrame(draft: Draft, frame: Frame, changes: Partial<Frame>): void {
  draft.run.frames = put(draft.run.frames, { ...frame, ...changes });
}

export function indexIn(frame: Frame, step: StepState): number {
  return planOfFrame(frame).index.get(step.spec.name) ?? -1;
}

export function newStep(frame: string, spec: StepSpec): StepState {
  return {
    key: frame === "" ? spec.name : `${frame}/${spec.name}`,
    frame,
    spec,
    phase: "pending",
    attempt: 0,
    capability: null,
    isLasting: false,
    inputs: null,
    outputs: null,
    failure: null,
    retryAt: null,
    startedAt: null,
    endedAt: null,
    executionOrder: null,
    approval: null,
    uncertain: false,
    branch: null,
    items: null,
    rounds: NO_ROUNDS,
  };
}

const NO_ROUNDS = { opened: 0, done: 0 };
