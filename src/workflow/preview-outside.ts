import type { CapabilitySpec } from "../contract/capability.ts";
import { canonicalJson } from "../contract/json.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import { blur, completeStep, mayChangeFiles, note, type Preview, type Verdict } from "./preview-state.ts";
import { hasOpenOutputs, outputNames, unknownOutputs } from "./preview-unknown.ts";
import type { StepState } from "./state.ts";

/** What would leave the workspace is not done: it is named, and what it would return is not known. */
export function nameOutside(
  preview: Preview,
  step: StepState,
  spec: CapabilitySpec,
  verdict: Verdict & { readonly inputs: Readonly<Record<string, unknown>> },
): void {
  const change = outsideChange(spec, verdict.inputs);
  if (mayChangeFiles(spec)) blur(preview, step.key);
  note(preview, step, {
    ...verdict,
    note: verdict.note ?? "is not carried out in a plan; what it returns is not known",
    changes: change === undefined ? [] : [change],
  });
  completeStep(preview, step, unknownOutputs(step.key, outputNames(spec), hasOpenOutputs(spec)));
}

function outsideChange(
  { id, side_effects }: CapabilitySpec,
  inputs: Readonly<Record<string, unknown>>,
): PlannedChange | undefined {
  const { url, command, args } = inputs;
  const all = `${id} ${canonicalJson(inputs)}`;
  if (side_effects.includes("system_exec")) {
    const words = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
    const isPlain = words.every((word) => typeof word === "string");
    return { kind: "start-process", target: isPlain ? words.join(" ") : all, diff: null, bytes: null };
  }
  if (!side_effects.includes("network_read") && !side_effects.includes("network_write")) return undefined;
  return { kind: "request", target: typeof url === "string" ? url : all, diff: null, bytes: null };
}
