import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type {
  ApprovalRecord,
  RecordError,
  StepRecord,
  WorkflowRecord,
} from "../contract/execution-record.ts";
import type { RunView, StepView } from "../workflow/view.ts";
import type { Frame } from "./frame.ts";
import { pausedError, recordError } from "./record-error.ts";

type Approvals = ReadonlyMap<string, ApprovalRecord>;

/** What went wrong with an order that somebody gave to a run; the run is what it was before. */
export type Refused = { readonly failure: Failure; readonly notRestored: readonly string[] };

/** The record of a workflow's run as it stands. */
export function workflowRecord(
  frame: Frame,
  view: RunView,
  approvals: Approvals,
  refused?: Refused,
): WorkflowRecord {
  const error = refused === undefined ? errorOf(view, approvals) : recordError(refused.failure);
  const failed = refused?.failure.category ?? view.failure?.category ?? error?.category;
  return {
    ...namesOf(frame),
    workflowExecutionId: view.run,
    workflowName: view.workflow,
    status: refused === undefined ? statusOf(view, error) : statusOfError(recordError(refused.failure)),
    error,
    startTime: frame.startTime,
    endTime: frame.endTime,
    workflow: workflowPart(view, refused),
    steps: stepRecords(view, approvals),
    userId: frame.userId,
    metadata: metadataOf(frame, failed),
  };
}

/** The record of what never became a run. */
export function refusedWorkflow(frame: Frame, failure: Failure, run: string | null = null): WorkflowRecord {
  const error = recordError(failure);
  return {
    ...namesOf(frame),
    workflowExecutionId: run,
    workflowName: null,
    status: statusOfError(error),
    error,
    startTime: frame.startTime,
    endTime: frame.endTime,
    workflow: null,
    steps: [],
    userId: frame.userId,
    metadata: metadataOf(frame, failure.category),
  };
}

function errorOf(view: RunView, approvals: Approvals): RecordError | null {
  const { status, failure, reason, run } = view;
  switch (status) {
    case "COMPLETED":
    case "ROLLED_BACK":
      return null;
    case "PAUSED": {
      const isAsked = approvals.size > 0;
      return pausedError(
        isAsked ? "Workflow paused (approval required)" : `Workflow paused (${reason ?? "on request"})`,
        { run, approvals: [...approvals].map(([step, { id }]) => ({ step, approval: id })) },
      );
    }
    case "FAILED":
      return recordError(
        failure ?? toFailure(new RuntimeError("INTERNAL", `Run ${run} failed without a reason.`)),
      );
    default:
      return recordError(
        toFailure(
          new RuntimeError("STATE_CONFLICT", `Run ${run} is ${status}; another process works on it.`),
        ),
      );
  }
}

function statusOf({ status }: RunView, error: RecordError | null): WorkflowRecord["status"] {
  switch (status) {
    case "COMPLETED":
      return "success";
    case "PAUSED":
      return "paused";
    case "ROLLED_BACK":
      return "rolled_back";
    case "FAILED":
      return error === null ? "failure" : statusOfError(error);
    default:
      return "unknown";
  }
}

function statusOfError({ category }: RecordError): "failure" | "timeout" {
  return category === "TIMEOUT" ? "timeout" : "failure";
}

function workflowPart(view: RunView, refused: Refused | undefined): NonNullable<WorkflowRecord["workflow"]> {
  const { run, workflow, owner, status, startedAt, updatedAt, endedAt, failure, reason, rollback } = view;
  const isRolledBack = status === "ROLLED_BACK" || status === "ROLLING_BACK" || rollback !== null;
  return {
    id: run,
    name: workflow,
    owner,
    status: status.toLowerCase() as Lowercase<typeof status>,
    createdAt: startedAt,
    updatedAt,
    startedAt,
    completedAt: endedAt,
    errorMessage: refused?.failure.message ?? failure?.message ?? null,
    rollbackReason: isRolledBack ? (rollback?.reason ?? reason) : null,
    rollback: rollbackPart(view, refused),
  };
}

function rollbackPart({ status, rollback }: RunView, refused: Refused | undefined) {
  const restored = [...(rollback?.restored ?? [])];
  const notRestored = [...(rollback?.notRestored ?? []), ...(refused?.notRestored ?? [])];
  const state = notRestored.length > 0 ? "incomplete" : status === "ROLLED_BACK" ? "complete" : "none";
  return { state, restored, notRestored } as const;
}

/** Those that began; a number that says when they did is what orders them. */
function stepRecords({ steps }: RunView, approvals: Approvals): StepRecord[] {
  return steps.flatMap((step) => {
    const status = STEP_STATUS[step.status];
    if (step.executionOrder === null || status === null) return [];
    return [stepRecord(step, step.executionOrder, status, approvals.get(step.step) ?? null)];
  });
}

const STEP_STATUS = {
  pending: null,
  ready: "running",
  running: "running",
  retrying: "retrying",
  waiting: "paused",
  completed: "completed",
  failed: "failed",
  skipped: "skipped",
} as const satisfies Record<StepView["status"], StepRecord["status"] | null>;

function stepRecord(
  step: StepView,
  executionOrder: number,
  status: StepRecord["status"],
  approval: ApprovalRecord | null,
): StepRecord {
  return {
    stepId: step.step,
    stepName: step.step.slice(step.step.lastIndexOf("/") + 1),
    capabilityId: step.capability ?? (step.type === "HUMAN_APPROVAL" ? "sys.human_approval" : null),
    agentName: step.agent,
    status,
    startedAt: step.startedAt,
    completedAt: step.endedAt,
    inputs: step.inputs,
    outputs: step.outputs,
    errorMessage: step.failure?.message ?? null,
    executionOrder,
    attempts: step.attempt,
    approval,
  };
}

function namesOf({ id, correlation }: Frame) {
  const { executionId = id, traceId = executionId, parentTraceId = null, questId = null } = correlation;
  return { id, executionId, traceId, parentTraceId, questId };
}

function metadataOf({ correlation: { metadata } }: Frame, failureCategory: string | undefined) {
  if (failureCategory === undefined) return metadata ?? null;
  return { ...metadata, failureCategory };
}
