import type { EventType } from "../contract/entry.ts";

/** One of these ends a run, once; what an undo or a redo appends comes after it. */
export const RUN_ENDS = [
  "run-completed",
  "run-failed",
  "run-rolled-back",
  "rollback-incomplete",
] as const satisfies readonly EventType[];
