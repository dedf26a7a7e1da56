import { type Failure, RuntimeError } from "../contract/errors.ts";
import type { WorkflowRecord } from "../contract/execution-record.ts";
import { isObject } from "../contract/json.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import type { BridgeCall } from "./call.ts";
import { failureOf } from "./record-error.ts";
import { respond } from "./respond.ts";
import { resumeRun } from "./resume-run.ts";
import { settleRun } from "./settle-run.ts";
import { recordOf, WORKFLOW } from "./workflow-call.ts";

/** Answers what a run waits for, and goes on with it. The same answer again changes nothing. */
export function workflowResume(call: BridgeCall): Promise<number> {
  return control(call, async (runtime, run) => {
    const decision = call.text("decision");
    if (decision !== "approve" && decision !== "reject")
      throw new RuntimeError(
        "USAGE",
        `--decision ${JSON.stringify(decision ?? "")} is not approve or reject.`,
      );
    const approver = call.text("approver") || "aegis";
    return resumeRun(runtime, run, { decision, approver, step: call.text("step") });
  });
}

/** Ends a run that has not ended, and takes back what it did where that is asked for. */
export function workflowCancel(call: BridgeCall): Promise<number> {
  return control(call, async (runtime, run) => {
    const reason = call.text("reason") || "Cancelled";
    const rollback = call.flag("rollback");
    const view = runtime.show(run);
    if (view.endedAt === null) return runtime.cancel(run, reason, rollback);
    if (!wasCancelled(runtime, run))
      throw new RuntimeError("STATE_CONFLICT", `Run ${run} is ${view.status} and cannot be cancelled.`);
    return rollback && view.undoable > 0 ? runtime.undo(run, { reason }) : view;
  });
}

/** Takes back what a run did, whether it has ended or not. Again it changes nothing. */
export function workflowRollback(call: BridgeCall): Promise<number> {
  return control(call, async (runtime, run) => {
    const reason = call.text("reason") || "Manual rollback";
    const view = runtime.show(run);
    if (view.endedAt === null) return runtime.cancel(run, reason, true);
    return view.undoable > 0 ? runtime.undo(run, { reason }) : view;
  });
}

function control(
  call: BridgeCall,
  order: (runtime: Runtime, run: string) => Promise<RunView>,
): Promise<number> {
  return respond(call, WORKFLOW, async ({ frame, runtime: open, onStop }) => {
    const run = call.text("workflowExecutionId");
    if (run === undefined || run === "")
      throw new RuntimeError("USAGE", "--workflow-execution-id is missing.");
    const runtime = await open();
    onStop(run, () => runtime.pause(run, "the process was asked to stop"));
    // A run that there is not is refused here.
    runtime.show(run);
    try {
      const { status } = await order(runtime, run);
      // A living process that has the run follows the order by itself.
      if (status === "RUNNING" || status === "ROLLING_BACK") await settleRun(runtime, run);
      return recordOf(runtime, frame, runtime.show(run));
    } catch (error) {
      return refusedRecord(runtime, frame, run, failureOf(error));
    }
  });
}

function refusedRecord(
  runtime: Runtime,
  frame: Parameters<typeof recordOf>[1],
  run: string,
  failure: Failure,
): WorkflowRecord {
  return recordOf(runtime, frame, runtime.show(run), { failure, notRestored: conflictsIn(failure) });
}

/** The paths that somebody changed since, so that nothing was taken back. */
function conflictsIn({ code, details }: Failure): string[] {
  if (code !== "UNDO_CONFLICT" || !Array.isArray(details)) return [];
  return details.flatMap((each: unknown) =>
    isObject(each) && typeof each["path"] === "string" ? [each["path"]] : [],
  );
}

function wasCancelled(runtime: Runtime, run: string): boolean {
  const [order] = runtime.ledger.entries({ run, types: ["run-cancel-requested"] });
  return order !== undefined;
}
