import type { RunEvent } from "../contract/entry.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Draft, HappenedOf } from "./draft.ts";
import * as run from "./run-events.ts";
import type { Phase } from "./state.ts";
import * as step from "./step-events.ts";
import { cancel, timeOut } from "./stopping.ts";
import { undoCompleted, undoIntended, undoRefused } from "./undoing.ts";

type Type = RunEvent["type"];
type Row = { readonly [Each in Type]: ((draft: Draft, entry: HappenedOf<Each>) => void) | "rejected" };
type Start = (entry: HappenedOf<"run-started">, specs: (digest: string) => WorkflowSpec) => Draft;

const noChange = () => {};

const REJECTED = {
  "run-started": "rejected",
  "run-claimed": "rejected",
  "run-paused": "rejected",
  "run-resumed": "rejected",
  "run-cancel-requested": "rejected",
  "run-timed-out": "rejected",
  "run-restarted": "rejected",
  "run-completed": "rejected",
  "run-failed": "rejected",
  "rollback-started": "rejected",
  "run-rolled-back": "rejected",
  "rollback-incomplete": "rejected",
  "undo-started": "rejected",
  "run-undone": "rejected",
  "run-redone": "rejected",
  "hook-answered": "rejected",
  "block-entered": "rejected",
  "step-skipped": "rejected",
  "step-intended": "rejected",
  "step-withheld": "rejected",
  "step-completed": "rejected",
  "step-failed": "rejected",
  "step-interrupted": "rejected",
  "effect-intended": "rejected",
  "approval-requested": "rejected",
  "approval-confirmed": "rejected",
  "approval-decided": "rejected",
  "approval-revoked": "rejected",
  "undo-intended": "rejected",
  "undo-completed": "rejected",
  "undo-refused": "rejected",
} as const satisfies Row;

/** A pause takes what a run takes, because what was under way goes on, and others may not know of it yet. */
const FORWARD: Row = {
  "run-started": "rejected",
  "run-claimed": run.claimed,
  "run-paused": run.paused,
  "run-resumed": "rejected",
  "run-cancel-requested": (draft, { event }) => cancel(draft, event.data),
  "run-timed-out": timeOut,
  "run-restarted": run.restarted,
  "run-completed": run.completed,
  "run-failed": run.failed,
  "rollback-started": run.rollbackStarted,
  "run-rolled-back": "rejected",
  "rollback-incomplete": "rejected",
  "undo-started": "rejected",
  "run-undone": "rejected",
  "run-redone": "rejected",
  "hook-answered": run.hookAnswered,
  "block-entered": step.blockEntered,
  "step-skipped": step.stepSkipped,
  "step-intended": step.stepIntended,
  "step-withheld": noChange,
  "step-completed": step.stepCompleted,
  "step-failed": step.stepFailed,
  "step-interrupted": step.stepInterrupted,
  "effect-intended": step.effectIntended,
  "approval-requested": step.approvalRequested,
  "approval-confirmed": noChange,
  "approval-decided": step.approvalDecided,
  "approval-revoked": step.approvalRevoked,
  "undo-intended": undoIntended,
  "undo-completed": undoCompleted,
  "undo-refused": undoRefused,
};

/** After the end a run only changes when it, or a step of it, is undone or redone. */
const ENDED: Row = {
  ...REJECTED,
  "run-claimed": noChange,
  "undo-started": noChange,
  "run-undone": run.undoneAfterEnd,
  "run-redone": run.redone,
  "hook-answered": noChange,
  "step-intended": run.compensationIntended,
  "step-withheld": noChange,
  "step-completed": run.compensatedAfterEnd,
  "step-failed": noChange,
  "step-interrupted": noChange,
  "effect-intended": noChange,
  "undo-intended": undoIntended,
  "undo-completed": undoCompleted,
  "undo-refused": undoRefused,
};

/** What each event does in each phase. The table is total: a missing cell does not compile. */
export const TRANSITIONS: {
  readonly none: { readonly [Each in Type]: Each extends "run-started" ? Start : "rejected" };
} & { readonly [Each in Phase]: Row } = {
  none: { ...REJECTED, "run-started": run.begin },
  RUNNING: FORWARD,
  PAUSED: { ...FORWARD, "run-resumed": run.resumed },
  ROLLING_BACK: {
    ...REJECTED,
    "run-claimed": run.claimed,
    "run-cancel-requested": (draft, { event }) => cancel(draft, event.data),
    "run-timed-out": timeOut,
    "run-restarted": run.restarted,
    "run-rolled-back": run.rolledBack,
    "rollback-incomplete": run.rollbackIncomplete,
    "hook-answered": noChange,
    "step-intended": run.compensationIntended,
    "step-withheld": noChange,
    "step-completed": run.compensationCompleted,
    "step-failed": run.compensationFailed,
    "step-interrupted": run.compensationInterrupted,
    "effect-intended": noChange,
    "undo-intended": undoIntended,
    "undo-completed": undoCompleted,
    "undo-refused": undoRefused,
  },
  COMPLETED: ENDED,
  FAILED: ENDED,
  ROLLED_BACK: ENDED,
};
