import { RuntimeError } from "../contract/errors.ts";
import type { ExecutionRecord } from "../contract/execution-record.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { approvalRecords } from "./approval-record.ts";
import { type BridgeCall, jsonOption } from "./call.ts";
import { executionRecord, refusedExecution } from "./execution-record.ts";
import { followApproval } from "./follow-approval.ts";
import { finishWhatIsLeft } from "./finish-what-is-left.ts";
import { type RecordKind, respond } from "./respond.ts";

const UNNAMED = "unknown";

export const EXECUTION: RecordKind<ExecutionRecord> = {
  schemaVariable: "AEGIS_EXECUTION_RECORD_SCHEMA",
  refused: (frame, text, failure, run) =>
    refusedExecution(frame, { capability: nameIn(text) ?? UNNAMED, input: readInput(text) }, failure, run),
};

/** Runs one capability through the chain, like every surface, and writes its record. */
export function execCapability(call: BridgeCall): Promise<number> {
  return respond(call, EXECUTION, async ({ correlation, frame, runtime: open, onStop }) => {
    const capability = nameIn(call.text);
    if (capability === undefined)
      throw new RuntimeError("USAGE", "--capability-name is missing, and so is --capability-id.");
    const input = jsonOption(call, "inputJson", "--input-json") ?? {};
    const approval = call.text("approval");
    const runtime = await open();
    // Also says that it is a capability: a workflow of the same name would run through another command.
    runtime.registry.capability(capability);
    const show = (view: RunView) => {
      const [waiting = null] = approvalRecords(runtime, view.run).values();
      return executionRecord(frame(), { capability, input }, view, waiting);
    };
    if (approval !== undefined)
      return show(await followApproval(runtime, approval, { capability, input }, onStop));
    await finishWhatIsLeft(call, runtime);
    const { run, settled } = await runtime.start(capability, { inputs: input, correlation });
    onStop(run, () => cancel(runtime, run));
    return show(await settled);
  });
}

function cancel(runtime: Runtime, run: string): Promise<RunView> {
  return runtime.cancel(run, "the process was asked to stop", true);
}

function nameIn(text: BridgeCall["text"]): string | undefined {
  return text("capabilityName") || text("capabilityId") || undefined;
}

/** For a record about inputs that may be the very fault: what can be read of them. */
function readInput(text: BridgeCall["text"]): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text("inputJson") ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    return {};
  }
}
