import type { Failure } from "../contract/errors.ts";
import { compensationOf } from "./compensate.ts";
import { stepsOf, theStep } from "./frames.ts";
import { itemsOf } from "./stack.ts";
import type { Phase, RunState, StepState, UndoItem } from "./state.ts";

/** A run as every surface shows it: plain JSON. */
export type RunView = {
  readonly run: string;
  readonly kind: RunState["kind"];
  readonly workflow: string;
  readonly version: string;
  readonly owner: string;
  readonly status: Phase;
  readonly attempt: number;
  readonly startedAt: string;
  /** Time of its newest event. */
  readonly updatedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  readonly failure: Failure | null;
  readonly rollback: {
    readonly reason: string;
    readonly restored: readonly string[];
    readonly notRestored: readonly string[];
  } | null;
  readonly steps: readonly StepView[];
  /** Outputs of a single capability, or the variables that a workflow's steps produced. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** How many of its effects are in force and have a way back: an undo, or a compensation. */
  readonly undoable: number;
};

export type StepView = {
  readonly step: string;
  readonly type: string;
  readonly agent: string;
  readonly capability: string | null;
  readonly status: StepState["phase"];
  readonly attempt: number;
  readonly executionOrder: number | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly inputs: Readonly<Record<string, unknown>> | null;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly failure: Failure | null;
};

export function viewRun(state: RunState): RunView {
  const steps = [...stepsOf(state)].map(viewStep);
  const { startedAt, endedAt } = state;
  return {
    run: state.run,
    kind: state.kind,
    workflow: state.spec.name,
    version: state.spec.version,
    owner: state.spec.metadata.owner,
    status: state.phase,
    attempt: state.attempt,
    startedAt,
    updatedAt: state.updatedAt,
    endedAt,
    durationMs: endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt),
    reason: state.reason ?? state.pauseReason,
    failure: state.failure,
    rollback: rollbackOf(state),
    steps: steps.toSorted(
      (left, right) => (left.executionOrder ?? Infinity) - (right.executionOrder ?? Infinity),
    ),
    outputs: state.kind === "capability" ? (steps[0]?.outputs ?? {}) : outputsOf(state),
    undoable: itemsOf(state.undo).filter((item) => canTakeBack(state, item)).length,
  };
}

/** Whether there is a way back at all; an undo may still find that somebody changed the path. */
function canTakeBack(state: RunState, item: UndoItem): boolean {
  return item.kind === "effect" || compensationOf(theStep(state, item.step)) !== undefined;
}

function rollbackOf({ rollback }: RunState): RunView["rollback"] {
  if (rollback === null) return null;
  return {
    reason: rollback.reason,
    restored: itemsOf(rollback.restored).toReversed(),
    notRestored: itemsOf(rollback.notRestored).toReversed(),
  };
}

function outputsOf(state: RunState): Readonly<Record<string, unknown>> {
  const completed = [...stepsOf(state)].filter(({ frame, outputs }) => frame === "" && outputs !== null);
  return Object.fromEntries(completed.map(({ key, outputs }) => [key, outputs]));
}

function viewStep(step: StepState): StepView {
  return {
    step: step.key,
    type: step.spec.step_type,
    agent: step.spec.agent_name,
    capability: step.capability ?? step.spec.capability_name ?? null,
    status: step.phase,
    attempt: step.attempt,
    executionOrder: step.executionOrder,
    startedAt: step.startedAt,
    endedAt: step.endedAt,
    inputs: step.inputs,
    outputs: step.outputs,
    failure: step.failure,
  };
}
