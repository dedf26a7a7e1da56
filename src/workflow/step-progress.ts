import { theFrame } from "./frames.ts";
import type { RunState } from "./state.ts";

export type StepProgress = {
  /** Key of what is under way, waits or comes next; the first of several. */
  readonly current: string | null;
  /** Steps at the top of the workflow, and how many of them are completed or skipped. */
  readonly total: number;
  readonly completed: number;
};

/** How far a run has come. */
export function stepProgress(state: RunState): StepProgress {
  const top = theFrame(state, "");
  const { running, waiting, retrying, ready, endedAt } = state;
  const underWay = [...running, ...waiting, ...retrying, ...ready];
  const block = top.steps.find(({ phase }) => phase === "running")?.key;
  return {
    current: endedAt === null ? (underWay[0] ?? block ?? null) : null,
    total: top.steps.length,
    completed: top.steps.length - top.open,
  };
}
