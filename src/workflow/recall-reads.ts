import type { Entry } from "../contract/entry.ts";
import type { ReadMarks } from "../workspace/read-marks.ts";

/** Gives a run that goes on, after a pause or in another process, the marks of what its completed steps have read. */
export function recallReads(reads: ReadMarks, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.type === "run-restarted") reads.clear();
    if (entry.type === "effect-intended") reads.forget(entry.data.changes);
    if (entry.type === "step-completed") for (const read of entry.data.reads ?? []) reads.recall(read);
  }
}
