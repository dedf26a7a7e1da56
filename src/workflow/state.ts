import type { EventOf } from "../contract/entry.ts";
import type { Failure } from "../contract/errors.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import type { Stack } from "./stack.ts";
import type { Table } from "./table.ts";

/**
 * A run as the fold of its entries. Plain data without behaviour: the worker, the command line and every view read
 * it, only `next` makes a new one. Each event copies a few small records, however many rounds a foreach has.
 */
export type RunState = {
  readonly run: string;
  readonly kind: "capability" | "workflow";
  readonly phase: Phase;
  readonly spec: WorkflowSpec;
  /** Specs of the sub-workflows that the run's steps name, by name; fixed when the run started. */
  readonly subSpecs: ReadonlyMap<string, WorkflowSpec>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The run's directory, relative to the workspace. */
  readonly cwd: string;
  readonly autoRollback: boolean;
  /** Through which the run was asked for, as `name@version`. */
  readonly facade: string | undefined;
  /** 1 for the first; a lease conflict rolls back and starts again with the next. */
  readonly attempt: number;
  /** By id; `frameOf`, `stepOf` and `stepsOf` find things in it. */
  readonly frames: Table<Frame>;
  /** How many steps have begun. */
  readonly begun: number;

  /** Keys of the steps that are `ready`, `retrying`, `waiting`, or `running` an attempt (a block is not listed). */
  readonly ready: readonly string[];
  readonly retrying: readonly string[];
  readonly waiting: readonly string[];
  readonly running: readonly string[];

  /** What a rollback would do, and next what lies on top. After the end: what is still in effect. */
  readonly undo: Stack<UndoItem>;
  /** Undos that were intended and have no outcome yet. */
  readonly undoing: readonly Undoing[];
  /** Effects that were undone, so that a redo can bring them back onto `undo`. */
  readonly undone: Stack<Undone>;
  /** Why no further step starts; stays after the end. */
  readonly stopping: Stop | null;
  /** The pause that an operator asked for; waiting for an approval is a pause of its own. */
  readonly pauseReason: string | null;
  /** The panic that holds the run up: what was under way is cut off, and an admin and somebody who resumes it must agree. */
  readonly frozenBy: string | null;
  readonly rollback: Rollback | null;
  readonly failure: Failure | null;
  readonly reason: string | null;
  readonly startedAt: string;
  /** Time of the last event. */
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** Milliseconds of running before the present spell; waiting for a human does not count. */
  readonly activeMs: number;
  /** Start of the present spell; null while paused or ended. */
  readonly activeSince: string | null;
};

export type Phase = "RUNNING" | "PAUSED" | "ROLLING_BACK" | "COMPLETED" | "FAILED" | "ROLLED_BACK";

/** The steps of one block, one round or one sub-workflow. */
export type Frame = {
  /** The empty string for the workflow itself, else the key of the block step (with `[i]` for a round). */
  readonly id: string;
  readonly kind: "workflow" | "branch" | "parallel" | "round";
  /** Key of the step that holds it; null for the workflow itself. */
  readonly block: string | null;
  readonly specs: readonly StepSpec[];
  /** One for each of `specs`. */
  readonly steps: readonly StepState[];
  /** Whose variables its steps see and set: its own id, or that of the frame around a branch or a PARALLEL. */
  readonly scope: string;
  /** Where a name is looked up next: the frame around it; null for the top and for a sub-workflow. */
  readonly parent: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Outputs of its steps merged flat; empty where `scope` is another frame. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Steps that are neither completed nor skipped. */
  readonly open: number;
  /** How many steps may be under way at once. */
  readonly limit: number;
  readonly underWay: number;
  /** Steps, by index, that could start if the limit allowed. */
  readonly held: readonly number[];
};

/** `pending`: waits for others. `ready`: a start is due. `retrying`: a start is due at `retryAt`. */
export type StepPhase =
  | "pending"
  | "ready"
  | "running"
  | "retrying"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped";

export type StepState = {
  /** `name` at the top, `block/name` in a block, `each[2]/name` in the third round of a foreach. */
  readonly key: string;
  readonly frame: string;
  readonly spec: StepSpec;
  readonly phase: StepPhase;
  /** Attempts begun. */
  readonly attempt: number;
  readonly capability: string | null;
  /** Its capability's effect is one that the runtime cannot reverse. */
  readonly isLasting: boolean;
  readonly inputs: Readonly<Record<string, unknown>> | null;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly failure: Failure | null;
  readonly retryAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** 1-based, by first start; null while it never started. */
  readonly executionOrder: number | null;
  /** The approval that it waits for, or that was granted and not yet used up. */
  readonly approval: { readonly id: string; readonly binds: string; readonly granted: boolean } | null;
  /** A crash left the outcome of its last attempt unknown: a human decides whether it is repeated. */
  readonly uncertain: boolean;
  /** Of a CONDITION: the branch taken. */
  readonly branch: string | null;
  /** Of a foreach: the elements, and how many rounds were opened and are done. */
  readonly items: readonly unknown[] | null;
  readonly rounds: { readonly opened: number; readonly done: number };
};

export type UndoItem =
  | {
      readonly kind: "effect";
      readonly seq: number;
      readonly step: string;
      readonly paths: readonly string[];
    }
  | { readonly kind: "compensation"; readonly step: string };

/** `seq` is that of the undo-intended entry, `of` that of the entry which it inverts. */
export type Undoing = { readonly seq: number; readonly of: number };
export type Undone = { readonly seq: number; readonly item: UndoItem };

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
  /** Step keys with the paths, as `write_file (out.txt)`; the latest on top. */
  readonly restored: Stack<string>;
  readonly notRestored: Stack<string>;
  /** What could not be undone, in the order in which it was tried; the last on top. */
  readonly refused: Stack<UndoItem>;
};

/** What the worker must do next. It answers each with appended events; it keeps no state of its own. */
export type Command =
  /** Evaluate `when`, then run the step, ask the human, or enter the block. */
  | { readonly kind: "start"; readonly step: string }
  | { readonly kind: "start-later"; readonly step: string; readonly at: string }
  /** Ask a human whether an attempt of unknown outcome may be repeated. */
  | { readonly kind: "ask"; readonly step: string }
  | { readonly kind: "abort"; readonly steps: readonly string[] }
  | { readonly kind: "undo"; readonly item: UndoItem }
  | { readonly kind: "compensate-globally"; readonly index: number }
  /** Append this event of the run; `next` decided it from the state alone. */
  | { readonly kind: "append"; readonly event: Decided };

/** An event that follows from the state alone; the worker adds the run's id. */
export type Decided = { [Type in DecidedType]: Pick<EventOf<Type>, "type" | "data"> }[DecidedType];

type DecidedType =
  | "run-completed"
  | "run-paused"
  | "run-failed"
  | "rollback-started"
  | "run-rolled-back"
  | "run-restarted"
  | "rollback-incomplete";

export type Transition = { readonly state: RunState; readonly commands: readonly Command[] };
