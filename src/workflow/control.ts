import type { EventOf, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { checkUndoable, type UndoMode } from "../kernel/undo.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { requireCalm } from "../kernel/require-calm.ts";
import { compensate } from "./compensate.ts";
import type { Engine, StartedRun } from "./engine.ts";
import { stepOf, theStep } from "./frames.ts";
import { whyNothing } from "./inverted.ts";
import type { LiveRun } from "./live-run.ts";
import { finishOpenUndos } from "./repair.ts";
import { itemsOf } from "./stack.ts";
import type { RunState } from "./state.ts";
import { takeEffectBack } from "./take-effect-back.ts";

export type Control = {
  readonly engine: Engine;
  readonly kernel: Kernel;
  /** Who gives the order; it is named in the ledger. */
  readonly principal: Principal;
};

/** @throws RUN_UNKNOWN, STATE_CONFLICT where the run has ended */
export async function pauseRun(control: Control, run: string, reason: string): Promise<void> {
  await append(control, run, { type: "run-paused", run, data: { reason } });
}

/**
 * Goes on with a run that is paused, or that a dead process left while it was running.
 *
 * @throws RUN_UNKNOWN, PANIC, STATE_CONFLICT where the run is neither
 */
export async function resumeRun(control: Control, run: string, reason: string): Promise<StartedRun> {
  const { engine } = control;
  requireNoPanic(control, run);
  const isLeft = engine.live(run) === undefined && !engine.isForeign(engine.row(run));
  if (isLeft && engine.state(run).phase === "RUNNING") return goOn(control, run);
  await append(control, run, { type: "run-resumed", run, data: { reason } });
  return goOn(control, run);
}

/** Stops a run, and takes back what it did where `rollback` says so. @throws RUN_UNKNOWN, STATE_CONFLICT */
export async function cancelRun(
  control: Control,
  run: string,
  reason: string,
  rollback: boolean,
): Promise<StartedRun> {
  await append(control, run, { type: "run-cancel-requested", run, data: { reason, rollback } });
  return goOn(control, run);
}

/** Works on the run here, unless it has ended or a living process has it. */
export async function goOn(control: Control, run: string): Promise<StartedRun> {
  const { engine } = control;
  const row = engine.row(run);
  const state = engine.state(run);
  if (row.endedAt !== null || engine.isForeign(row)) return { run, settled: Promise.resolve(state) };
  return state.endedAt === null ? engine.adopt(run) : { run, settled: recoverUndo(control, run) };
}

/** Through the run's own worker where it is here, so that its state follows at once; else checked against the fold. */
export async function append({ engine, principal }: Control, run: string, event: LedgerEvent): Promise<void> {
  const live = engine.live(run);
  if (live !== undefined && !live.signal.aborted) {
    await live.emitAs(principal, event);
    return;
  }
  engine.check(run, event);
  await engine.order(principal, event);
}

/** Nothing goes forward while a panic is open over the run, or over who asks for it. @throws PANIC, RUN_UNKNOWN */
export function requireNoPanic({ engine, kernel, principal }: Control, run: string): void {
  const owner = kernel.ledger.object(engine.row(run).by) as Principal;
  for (const each of [owner, principal]) requireCalm(kernel.alarm, { run, principal: each, role: "step" });
}

export type UndoOptions = {
  readonly mode: UndoMode;
  /** Only this step, and what is in it. */
  readonly step?: string;
  readonly reason: string;
};

/**
 * Takes back what an ended run did, last first: all of it, or one step. Strictly, nothing at all is touched where
 * somebody changed one of the paths since. A process that dies in between leaves it to recovery to finish.
 *
 * @throws STATE_CONFLICT where the run has not ended, or nothing is left to undo; UNDO_CONFLICT naming the paths
 */
export async function undoRun(control: Control, run: string, options: UndoOptions): Promise<RunState> {
  return takeAllBack(control, run, "undo", options);
}

/** Does again what the last undo of a run took back. @throws PANIC, STATE_CONFLICT, UNDO_CONFLICT */
export async function redoRun(control: Control, run: string, options: UndoOptions): Promise<RunState> {
  return takeAllBack(control, run, "redo", options);
}

async function takeAllBack(
  control: Control,
  run: string,
  action: Undoing["action"],
  options: UndoOptions,
): Promise<RunState> {
  const { engine, kernel, principal } = control;
  const { step, mode, reason } = options;
  if (action === "redo") requireNoPanic(control, run);
  const row = engine.row(run);
  const state = engine.state(run);
  if (row.endedAt === null || state.endedAt === null)
    throw new RuntimeError(
      "STATE_CONFLICT",
      `Run ${run} is ${state.phase} and has not ended; cancel it with a rollback instead.`,
    );
  if (step !== undefined && stepOf(state, step) === undefined)
    throw new RuntimeError("RUN_UNKNOWN", `Run ${run} has no step "${step}".`);
  const items = itemsToInvert(state, action, step);
  if (items.length === 0) {
    const what = step === undefined ? "nothing" : `nothing of the step "${step}"`;
    const why = whyNothing(state, action, isPartOf(step));
    throw new RuntimeError("STATE_CONFLICT", `Run ${run} has ${what} to ${action}: ${why}.`);
  }
  if (mode === "strict")
    await checkUndoable(
      kernel,
      items.flatMap((item) => (item.kind === "effect" ? [item.seq] : [])),
    );
  const only = step === undefined ? {} : { only: step };
  const data = { action, mode, ...only, reason, owner: engine.owner };
  await kernel.ledger.append(principal, { type: "undo-started", run, data });
  return finishTakingBack(await engine.load(run), data);
}

type Undoing = EventOf<"undo-started">["data"];

/** Carries out what an `undo-started` entry announced, from wherever it stands; the first failure ends it. */
async function finishTakingBack(live: LiveRun, undoing: Undoing): Promise<RunState> {
  const done = live.hold();
  try {
    await takeBack(live, undoing);
  } finally {
    done();
  }
  return live.settled;
}

async function takeBack(live: LiveRun, { action, mode, only, reason }: Undoing): Promise<void> {
  const { run } = live;
  let failure: unknown = null;
  try {
    for (const item of itemsToInvert(live.state, action, only)) {
      if (item.kind === "compensation") await compensateAfterEnd(live, item.step);
      else await takeEffectBack(live, item, { mode, role: action });
    }
  } catch (error) {
    failure = error;
  }
  if (action === "redo" && failure === null)
    await live.emit({
      type: "run-redone",
      run,
      data: { reason, status: live.state.failure === null ? "COMPLETED" : "FAILED" },
    });
  else await live.emit({ type: "run-undone", run, data: { reason, partial: live.state.undo !== null } });
  live.release([]);
  if (failure !== null) throw failure;
}

async function compensateAfterEnd(live: LiveRun, key: string): Promise<void> {
  const due = itemsOf(live.state.undo).length;
  await compensate(live, theStep(live.state, key));
  if (itemsOf(live.state.undo).length === due)
    throw new RuntimeError(
      "ROLLBACK_INCOMPLETE",
      `The compensation of the step "${key}" failed; \`airun show ${live.run}\` tells why.`,
    );
}

type Inverting =
  | { readonly kind: "effect"; readonly seq: number; readonly step: string }
  | { readonly kind: "compensation"; readonly step: string };

/** What is to be inverted, the newest first. */
function itemsToInvert(state: RunState, action: Undoing["action"], only: string | undefined): Inverting[] {
  const isWanted = isPartOf(only);
  if (action === "undo") return itemsOf(state.undo).filter(({ step }) => isWanted(step));
  return itemsOf(state.undone).flatMap(({ seq, item }) =>
    isWanted(item.step) ? [{ kind: "effect" as const, seq, step: item.step }] : [],
  );
}

/** Whether a step is that one, or in it; without one, each is. */
function isPartOf(only: string | undefined): (key: string) => boolean {
  return (key) =>
    only === undefined || key === only || key.startsWith(`${only}/`) || key.startsWith(`${only}[`);
}

/** Goes on with an undo of an ended run that a dead process left. */
async function recoverUndo({ engine, kernel }: Control, run: string): Promise<RunState> {
  const live = await engine.load(run);
  const done = live.hold();
  await finishOpenUndos(kernel, live.emit, [...kernel.ledger.entries({ run })]).finally(done);
  const [started] = kernel.ledger.entries({ run, types: ["undo-started"], descending: true });
  if (started === undefined)
    throw new RuntimeError("LEDGER_CORRUPT", `Run ${run} is open and has nothing to do.`);
  return finishTakingBack(live, started.data);
}
