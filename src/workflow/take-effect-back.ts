import { toFailure } from "../contract/errors.ts";
import type { Emit } from "../kernel/emit.ts";
import { requireCalm } from "../kernel/require-calm.ts";
import { undoEffect, type UndoMode } from "../kernel/undo.ts";
import { theStep } from "./frames.ts";
import type { Subject } from "./hook-step.ts";
import type { LiveRun } from "./live-run.ts";
import { askAfterStep, askBeforeStep, isHooked } from "./run-hooks.ts";

type Inverting = { readonly seq: number; readonly step: string };

/**
 * Takes one effect of a run back, or an undo of it, where the run's governor does not refuse that.
 *
 * @throws PANIC for a redo; DENIED, CONSTITUTION_VIOLATION (recorded as undo-refused, and nothing changed); as `undoEffect`
 */
export async function takeEffectBack(
  live: LiveRun,
  { seq: of, step }: Inverting,
  { mode, role }: { readonly mode: UndoMode; readonly role: "undo" | "redo" },
): Promise<void> {
  const { ledger, workspace, now } = live.kernel;
  const emit = role === "redo" ? admitting(live) : live.emit;
  const undo = () => undoEffect(ledger, workspace, emit, { of, mode, unfinished: false });
  if (!isHooked(live)) return void (await undo());
  const subject = subjectOf(live, step, role);
  try {
    await askBeforeStep(live, subject);
  } catch (error) {
    await live.emit({
      type: "undo-refused",
      run: live.run,
      step,
      data: { of, failure: toFailure(error) },
    });
    throw error;
  }
  const startedAt = now();
  try {
    await undo();
  } catch (error) {
    await askAfterStep(live, subject, { startedAt, error });
    throw error;
  }
  await askAfterStep(live, subject, { startedAt, outputs: {} });
}

/** A redo goes forward: like any effect it does not start where a panic was raised before its intent was durable. */
function admitting({ emit, kernel, run, principal }: LiveRun): Emit {
  return async (event, options) => {
    const entry = await emit(event, options);
    if (event.type === "undo-intended") requireCalm(kernel.alarm, { run, principal, role: "step" });
    return entry;
  };
}

function subjectOf(live: LiveRun, key: string, role: Subject["role"]): Subject {
  const step = theStep(live.state, key);
  return { step, role, attempt: 1, capability: step.capability, inputs: step.inputs ?? {} };
}
