import type { ExecutionRecord, WorkflowRecord } from "../contract/execution-record.ts";
import type { Runtime } from "../workflow/runtime.ts";
import { approvalRecords } from "./approval-record.ts";
import { executionRecord } from "./execution-record.ts";
import type { Frame } from "./frame.ts";
import { workflowRecord } from "./workflow-record.ts";

/** The record of every run that began since a time, the oldest first; in the place of each secret stands its seal. */
export function* history(
  runtime: Pick<Runtime, "ledger" | "show">,
  since: string | undefined,
): Generator<ExecutionRecord | WorkflowRecord> {
  const filter = { types: ["run-started"] as const, sealed: true, ...(since === undefined ? {} : { since }) };
  for (const { run, data } of runtime.ledger.entries(filter)) {
    const view = runtime.show(run);
    const { correlation = {} } = data;
    const frame: Frame = {
      id: run.replaceAll("-", ""),
      correlation,
      userId: correlation.userId ?? "unknown",
      startTime: view.startedAt,
      endTime: view.endedAt ?? view.updatedAt,
    };
    const approvals = approvalRecords(runtime, run);
    const [waiting = null] = approvals.values();
    yield data.kind === "capability"
      ? executionRecord(frame, { capability: data.name, input: data.inputs }, view, waiting)
      : workflowRecord(frame, view, approvals);
  }
}
