import { toFailure } from "../contract/errors.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import { limitsOf } from "./policy.ts";
import { describeChanges } from "../kernel/describe-changes.ts";
import { runPlanned } from "../kernel/planned-call.ts";
import {
  blur,
  completeStep,
  mayChangeFiles,
  note,
  PLANNED_RUN,
  type Preview,
  pretend,
  type Verdict,
} from "./preview-state.ts";
import { hasOpenOutputs, outputNames, unknownOutputs } from "./preview-unknown.ts";
import type { StepState } from "./state.ts";

export type InsideCall = {
  readonly loaded: LoadedCapability;
  readonly inputs: Record<string, unknown>;
  readonly idempotencyKey: string;
};

/**
 * Runs the handler on the plan's files. What it returns is unknown where it may have met other files than a run would.
 *
 * @throws what the handler threw
 */
export async function callInside(
  preview: Preview,
  step: StepState,
  { loaded, inputs, idempotencyKey }: InsideCall,
  verdict: Verdict,
): Promise<void> {
  const { tree, prefix, kernel, state } = preview;
  const before = tree.root;
  const timeoutMs = limitsOf(state.spec, step.spec).timeoutSeconds * 1000;
  let hasRead = false;
  const onRead = () => {
    hasRead = true;
  };
  const leave = (reason: string): void => {
    tree.root = before;
    if (mayChangeFiles(loaded.spec)) blur(preview, step.key);
    note(preview, step, { ...verdict, decision: "unknown", note: reason });
    completeStep(
      preview,
      step,
      unknownOutputs(step.key, outputNames(loaded.spec), hasOpenOutputs(loaded.spec)),
    );
  };
  const blurred =
    preview.blurredBy === null ? null : `may find other files, because of the step "${preview.blurredBy}"`;
  let outputs: Record<string, unknown>;
  try {
    outputs = await runPlanned(loaded, {
      tree,
      prefix,
      step: step.key,
      inputs,
      idempotencyKey,
      timeoutMs,
      now: kernel.now,
      onRead,
    });
  } catch (error) {
    const { code, message } = toFailure(error);
    if (code === "LIMIT_EXCEEDED" && tree.isFull) return leave(message);
    if (blurred !== null) return leave(`${blurred}; now it would fail: ${message}`);
    throw error;
  }
  if (blurred !== null && hasRead) return leave(blurred);
  const after = tree.root;
  const { changes, isAll } = describeChanges(tree, prefix, before, after, preview.budget);
  if (!isAll)
    preview.warnings.add(
      `Of the step "${step.key}" only the first ${changes.length} changed paths are listed.`,
    );
  note(preview, step, { ...verdict, changes });
  // Also a change that leaves everything as it was is one that a rollback takes back.
  if (after !== before) pretendEffect(preview, step.key);
  completeStep(preview, step, outputs);
}

function pretendEffect(preview: Preview, step: string): void {
  const changes = [{ path: ".", before: { kind: "absent" }, after: { kind: "absent" } } as const];
  pretend(preview, { type: "effect-intended", run: PLANNED_RUN, step, data: { op: "write", changes } });
}
