import { resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import type { Runtime, SpecText } from "../workflow/runtime.ts";
import { type BridgeCall, jsonOption, readText } from "./call.ts";
import { finishWhatIsLeft } from "./finish-what-is-left.ts";
import { governorIn } from "./governor-options.ts";
import { respond } from "./respond.ts";
import { recordOf, WORKFLOW } from "./workflow-call.ts";

/** Runs a workflow that the caller wrote until it has ended or waits, and writes its record. */
export function execWorkflow(call: BridgeCall): Promise<number> {
  return respond(call, WORKFLOW, async ({ correlation, frame, runtime: open, onStop }) => {
    const spec = specIn(call);
    const inputs = jsonOption(call, "inputJson", "--input-json") ?? {};
    const governor = governorIn(call);
    const runtime = await open();
    await finishWhatIsLeft(call, runtime);
    const options = { inputs, correlation, ...(governor === undefined ? {} : { governor }) };
    const { run, settled } = await runtime.start(spec, options);
    onStop(run, () => pause(runtime, run));
    return recordOf(runtime, frame, await settled);
  });
}

/** A workflow may have come far: what is under way ends, and the rest waits. */
function pause(runtime: Runtime, run: string): Promise<unknown> {
  return runtime.pause(run, "the process was asked to stop");
}

function specIn(call: BridgeCall): SpecText {
  const json = call.text("workflowSpecJson");
  const path = call.text("workflowSpecPath");
  if (json !== undefined && path !== undefined)
    throw new RuntimeError("USAGE", "Give --workflow-spec-json or --workflow-spec-path, not both.");
  if (json !== undefined) return { file: "--workflow-spec-json", text: json };
  if (path === undefined || path === "")
    throw new RuntimeError("USAGE", "--workflow-spec-json or --workflow-spec-path is missing.");
  const file = resolve(call.io.cwd, path);
  return { file, text: readText(file, `--workflow-spec-path "${path}"`) };
}
