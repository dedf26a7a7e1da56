import type { Draft, HappenedOf } from "./draft.ts";
import { push, take } from "./stack.ts";
import type { UndoItem } from "./state.ts";

export function undoIntended({ run }: Draft, { event, seq }: HappenedOf<"undo-intended">): void {
  if (seq === null) return;
  const { of } = event.data;
  run.undoing = [...run.undoing.filter((other) => other.of !== of), { seq, of }];
}

/** Takes an undone effect off the stack, wherever it lies; the undo of an undo puts the effect back. */
export function undoCompleted({ run }: Draft, { event }: HappenedOf<"undo-completed">): void {
  const { of } = event.data;
  const seq = run.undoing.find((other) => other.of === of)?.seq;
  run.undoing = run.undoing.filter((other) => other.of !== of);

  const redone = take(run.undone, (undone) => undone.seq === of);
  if (redone !== undefined) {
    run.undone = redone.rest;
    run.undo = push(run.undo, redone.item.item);
    return;
  }
  const undone = take(run.undo, (item) => item.kind === "effect" && item.seq === of);
  if (undone === undefined) return;
  run.undo = undone.rest;
  // What a failed attempt is taken back for while the run goes on, a redo of the run must not bring back.
  const isOver = run.phase === "ROLLING_BACK" || run.endedAt !== null;
  if (seq !== undefined && isOver) run.undone = push(run.undone, { seq, item: undone.item });
  if (run.rollback !== null && run.phase === "ROLLING_BACK")
    run.rollback = { ...run.rollback, restored: push(run.rollback.restored, labelOf(undone.item)) };
}

/** Outside of a rollback a refused effect stays where it is, so that it can be tried again. */
export function undoRefused(draft: Draft, { event }: HappenedOf<"undo-refused">): void {
  const { run } = draft;
  const { of } = event.data;
  run.undoing = run.undoing.filter((other) => other.of !== of);
  if (run.phase === "ROLLING_BACK") giveUp(draft, (item) => item.kind === "effect" && item.seq === of);
}

export function compensated({ run }: Draft, step: string): boolean {
  const found = take(run.undo, (item) => item.kind === "compensation" && item.step === step);
  if (found === undefined) return false;
  run.undo = found.rest;
  if (run.rollback !== null && run.phase === "ROLLING_BACK")
    run.rollback = { ...run.rollback, restored: push(run.rollback.restored, labelOf(found.item)) };
  return true;
}

export function notCompensated(draft: Draft, step: string): boolean {
  return giveUp(draft, (item) => item.kind === "compensation" && item.step === step);
}

/** In a rollback: goes on without this item, which is reported at the end and stays in effect. */
function giveUp({ run }: Draft, fits: (item: UndoItem) => boolean): boolean {
  const found = take(run.undo, fits);
  if (found === undefined || run.rollback === null) return false;
  const { notRestored, refused } = run.rollback;
  run.undo = found.rest;
  run.rollback = {
    ...run.rollback,
    notRestored: push(notRestored, labelOf(found.item)),
    refused: push(refused, found.item),
  };
  return true;
}

function labelOf(item: UndoItem): string {
  return item.kind === "effect" && item.paths.length > 0
    ? `${item.step} (${item.paths.join(", ")})`
    : item.step;
}
