import type { Correlation } from "../contract/correlation.ts";
import type { WorkflowRecord } from "../contract/execution-record.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { approvalRecords } from "./approval-record.ts";
import type { Frame } from "./frame.ts";
import type { RecordKind } from "./respond.ts";
import { refusedWorkflow, type Refused, workflowRecord } from "./workflow-record.ts";

export const WORKFLOW: RecordKind<WorkflowRecord> = {
  schemaVariable: "AEGIS_WORKFLOW_RECORD_SCHEMA",
  refused: (frame, text, failure, run) =>
    refusedWorkflow(frame, failure, run ?? (text("workflowExecutionId") || null)),
};

/** The record of a run as it stands now. */
export function recordOf(
  runtime: Runtime,
  frame: (correlation?: Correlation) => Frame,
  view: RunView,
  refused?: Refused,
): WorkflowRecord {
  const [started] = runtime.ledger.entries({ run: view.run, types: ["run-started"] });
  return workflowRecord(frame(started?.data.correlation), view, approvalRecords(runtime, view.run), refused);
}
