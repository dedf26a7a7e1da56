import type { Failure } from "../contract/errors.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";

/**
 * A run as the fold of its entries. Plain data without behaviour: the worker, the command line and every view read
 * it, only `next` makes a new one.
 */
export type RunState = {
  readonly run: string;
  readonly kind: "capability" | "workflow";
  readonly phase: Phase;
  readonly spec: WorkflowSpec;
  /** Specs of the sub-workflows that the run's steps name, by name; fixed when the run started. */
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  readonly autoRollback: boolean;
  /** 1 for the first; a lease conflict rolls back and starts again with the next. */
  readonly attempt: number;
  readonly frames: Readonly<Record<string, Frame>>;
  /** By key: `name` at the top, `block/name` in a block, `each[2]/name` in the third round of a foreach. */
  readonly steps: Readonly<Record<string, StepState>>;
  /** What a rollback would do, last first. */
  readonly undo: readonly UndoItem[];
  /** Why no further step starts, until running ones have ended. */
  readonly stopping: Stop | null;
  /** The pause that an operator asked for; waiting for an approval is a pause of its own. */
  readonly pauseReason: string | null;
  readonly rollback: Rollback | null;
  readonly failure: Failure | null;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Milliseconds of running before the present spell; waiting for a human does not count. */
  readonly activeMs: number;
  /** Start of the present spell; null while paused or ended. */
  readonly activeSince: string | null;
};

export type Phase = "RUNNING" | "PAUSED" | "ROLLING_BACK" | "COMPLETED" | "FAILED" | "ROLLED_BACK";

/** The steps of one block, one round or one sub-workflow, and the variables that their templates see. */
export type Frame = {
  /** The empty string for the workflow itself, else the key of the block step (with `[i]` for a round). */
  readonly id: string;
  readonly steps: readonly StepSpec[];
  /** Where a name is looked up next: the frame around it; null for the top and for a sub-workflow. */
  readonly parent: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
};

export type StepPhase = "pending" | "running" | "retrying" | "waiting" | "completed" | "failed" | "skipped";

export type StepState = {
  readonly key: string;
  readonly frame: string;
  readonly spec: StepSpec;
  readonly phase: StepPhase;
  /** Attempts begun. */
  readonly attempt: number;
  readonly capability: string | null;
  readonly inputs: Readonly<Record<string, unknown>> | null;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly failure: Failure | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** 1-based, by first start; null while it never started. */
  readonly executionOrder: number | null;
  /** The approval that it waits for, or that was granted and not yet used up. */
  readonly approval: { readonly id: string; readonly granted: boolean } | null;
  /** Of a block: the branch taken, or the elements of a foreach. */
  readonly branch: string | null;
  readonly items: readonly unknown[] | null;
};

export type UndoItem =
  | { readonly kind: "effect"; readonly seq: number; readonly step: string }
  | { readonly kind: "compensation"; readonly step: string };

export type Stop =
  | { readonly why: "failure"; readonly failure: Failure }
  | { readonly why: "lease"; readonly failure: Failure }
  | { readonly why: "cancel"; readonly reason: string; readonly rollback: boolean };

export type Rollback = {
  readonly reason: string;
  readonly failure: Failure | null;
  /** After a lease conflict: start again afterwards. */
  readonly restart: boolean;
  /** How many of the global compensations have been run. */
  readonly globalsDone: number;
  readonly restored: readonly string[];
  readonly notRestored: readonly string[];
};

/** What the worker must do next. It answers each with appended events; it keeps no state of its own. */
export type Command =
  /** Evaluate `when`, then run the step, ask the human, or enter the block. */
  | { readonly kind: "start"; readonly step: string }
  | { readonly kind: "start-later"; readonly step: string; readonly at: string }
  | { readonly kind: "abort"; readonly steps: readonly string[] }
  | { readonly kind: "undo"; readonly item: UndoItem }
  | { readonly kind: "compensate-globally"; readonly index: number }
  /** Append this event of the run; `next` decided it from the state alone. */
  | { readonly kind: "append"; readonly event: Decided };

export type Decided =
  | { readonly type: "run-completed"; readonly data: Record<never, never> }
  | { readonly type: "run-paused"; readonly data: { readonly reason: string } }
  | { readonly type: "run-failed"; readonly data: { readonly failure: Failure } }
  | { readonly type: "rollback-started"; readonly data: { readonly reason: string; readonly failure?: Failure } }
  | { readonly type: "run-rolled-back"; readonly data: { readonly reason: string } }
  | { readonly type: "run-restarted"; readonly data: { readonly attempt: number; readonly failure: Failure } }
  | {
      readonly type: "rollback-incomplete";
      readonly data: { readonly restored: readonly string[]; readonly notRestored: readonly string[]; readonly failure: Failure };
    };

export type Transition = { readonly state: RunState; readonly commands: readonly Command[] };
