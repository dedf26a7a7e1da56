import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type { ApprovalRecord, ExecutionRecord, RecordError } from "../contract/execution-record.ts";
import type { RunView } from "../workflow/view.ts";
import type { Frame } from "./frame.ts";
import { pausedError, recordError } from "./record-error.ts";

type Asked = { readonly capability: string; readonly input: Readonly<Record<string, unknown>> };
type Found = Pick<ExecutionRecord, "output" | "error" | "runId" | "approval">;

/** The record of one capability's run; `asked` is what the caller wrote. */
export function executionRecord(
  frame: Frame,
  asked: Asked,
  view: RunView,
  approval: ApprovalRecord | null,
): ExecutionRecord {
  const error = errorOf(view, approval);
  return build(frame, asked, {
    output: error === null ? view.outputs : null,
    error,
    runId: view.run,
    approval,
  });
}

/** The record of what never became a run, or stopped being one that this process can follow. */
export function refusedExecution(
  frame: Frame,
  asked: Asked,
  failure: Failure,
  runId: string | null,
): ExecutionRecord {
  return build(frame, asked, { output: null, error: recordError(failure), runId, approval: null });
}

function build(
  { id, correlation, userId, startTime, endTime }: Frame,
  { capability, input }: Asked,
  { output, error, runId, approval }: Found,
): ExecutionRecord {
  const { executionId = id, traceId = executionId, parentTraceId = null, metadata = null } = correlation;
  return {
    id,
    executionId,
    traceId,
    parentTraceId,
    capabilityId: correlation.capabilityId ?? capability,
    capabilityName: capability,
    input,
    output,
    status: error === null ? "success" : error.category === "TIMEOUT" ? "timeout" : "failure",
    error,
    startTime,
    endTime,
    durationMs: Math.max(0, Date.parse(endTime) - Date.parse(startTime)),
    userId,
    metadata,
    runId,
    approval,
  };
}

function errorOf(view: RunView, approval: ApprovalRecord | null): RecordError | null {
  const { status, failure, reason, run } = view;
  switch (status) {
    case "COMPLETED":
      return null;
    case "PAUSED": {
      const why =
        approval === null
          ? `The run is paused: ${reason ?? "on request"}.`
          : "The capability needs an approval.";
      return pausedError(why, { run, approval: approval?.id ?? null });
    }
    default: {
      const taken = new RuntimeError("CANCELLED", `It was taken back: ${reason ?? "on request"}.`);
      return recordError(failure ?? toFailure(taken));
    }
  }
}
