import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Emit } from "../kernel/emit.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { finishUndo, undoEffect } from "../kernel/undo.ts";
import type { LiveRun } from "./live-run.ts";
import { recallReads } from "./recall-reads.ts";

/** What a process left open when it died. */
type Open = {
  /** Steps whose attempt was intended and never recorded, with the effects of that attempt, in order. */
  readonly attempts: Map<
    string,
    { intended: Entry<EventOf<"step-intended">>; effects: Entry<EventOf<"effect-intended">>[] }
  >;
  /** Undo that was intended and not completed. */
  readonly undos: Map<number, Entry<EventOf<"undo-intended">>>;
};

/**
 * Brings what a dead process left half done to a defined state: an undo is finished, an effect of an open attempt
 * is taken back, and the attempt is marked as undone, repeatable, or unknown, which a human must look at. What the
 * run's completed steps have read is known again.
 */
export async function repair(live: LiveRun, entries: readonly Entry[]): Promise<void> {
  recallReads(live.reads, entries);
  await finishOpenUndos(live.kernel, live.emit, entries);
  const { attempts } = findOpen(entries);
  for (const { intended, effects } of [...attempts.values()].toReversed()) {
    const isClean = await takeBack(live, effects);
    if (intended.data.role === "step") await markInterrupted(live, intended, isClean);
    else failUnlessRepeatable(live, intended);
  }
}

/** Finishes every undo that was intended and not completed. A conflict is recorded, and does not stop the others. */
export async function finishOpenUndos(
  { workspace }: Kernel,
  emit: Emit,
  entries: readonly Entry[],
): Promise<void> {
  for (const intended of findOpen(entries).undos.values()) {
    try {
      await finishUndo(workspace, emit, intended);
    } catch {
      // It is in the ledger as undo-refused.
    }
  }
}

function findOpen(entries: readonly Entry[]): Open {
  const open: Open = { attempts: new Map(), undos: new Map() };
  for (const entry of entries) {
    switch (entry.type) {
      case "step-intended":
        open.attempts.set(entry.step, { intended: entry, effects: [] });
        break;
      case "step-completed":
      case "step-failed":
      case "step-interrupted":
        open.attempts.delete(entry.step);
        break;
      case "effect-intended":
        if (entry.data.changes.length > 0) open.attempts.get(entry.step)?.effects.push(entry);
        break;
      case "undo-intended":
        open.undos.set(entry.data.of, entry);
        break;
      case "undo-completed":
      case "undo-refused":
        open.undos.delete(entry.data.of);
        forgetEffect(open, entry.step, entry.data.of);
        break;
      default:
    }
  }
  return open;
}

function forgetEffect(open: Open, step: string, seq: number): void {
  const attempt = open.attempts.get(step);
  if (attempt !== undefined) attempt.effects = attempt.effects.filter((effect) => effect.seq !== seq);
}

/** Whether every effect of an open attempt is gone. */
async function takeBack(
  live: LiveRun,
  effects: readonly Entry<EventOf<"effect-intended">>[],
): Promise<boolean> {
  const { ledger, workspace } = live.kernel;
  let isClean = true;
  for (const { seq, run, step } of effects.toReversed()) {
    // The undo of this very effect may have been finished a moment ago.
    if (isUndone(live, run, step, seq)) continue;
    try {
      await undoEffect(ledger, workspace, live.emit, { of: seq, mode: "strict", unfinished: true });
    } catch {
      isClean = false;
    }
  }
  return isClean;
}

function isUndone(live: LiveRun, run: string, step: string, seq: number): boolean {
  for (const entry of live.kernel.ledger.entries({ run, afterSeq: seq, types: ["undo-completed"] }))
    if (entry.step === step && entry.data.of === seq) return true;
  return false;
}

async function markInterrupted(
  live: LiveRun,
  { step, data }: Entry<EventOf<"step-intended">>,
  isClean: boolean,
): Promise<void> {
  const { undo, idempotent, attempt } = data;
  const outcome = outcomeOf({ undo, idempotent, isClean });
  await live.emit({ type: "step-interrupted", run: live.run, step, data: { attempt, outcome } });
}

type CutOff = Pick<EventOf<"step-intended">["data"], "undo" | "idempotent"> & {
  /** Whether every effect of it that could be taken back is gone. */
  readonly isClean: boolean;
};

/** What is known of an attempt that was cut off. */
export function outcomeOf({
  undo,
  idempotent,
  isClean,
}: CutOff): EventOf<"step-interrupted">["data"]["outcome"] {
  const isSafe = undo === "reversible" || undo === "none" || idempotent;
  if (!isClean || !isSafe) return "unknown";
  return undo === "reversible" ? "undone" : "repeatable";
}

/** A compensation is repeated after a crash only where that does no harm. */
function failUnlessRepeatable(live: LiveRun, { step, data }: Entry<EventOf<"step-intended">>): void {
  if (data.undo === "reversible" || data.undo === "none" || data.idempotent) return;
  const error = new RuntimeError(
    "RECOVERY_NEEDS_HUMAN",
    `The process died while the compensation ${data.capability} ran.`,
  );
  const failed = { attempt: data.attempt, failure: toFailure(error), durationMs: 0, role: data.role };
  void live.emit({ type: "step-failed", run: live.run, step, data: failed });
}
