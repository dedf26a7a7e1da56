import type { Entry, EventOf, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { checkUndoable, undoEffect, type UndoMode } from "../kernel/undo.ts";
import type { Kernel } from "../kernel/invoke.ts";
import type { Engine, StartedRun } from "./engine.ts";
import { stepOf } from "./frames.ts";
import { itemsOf } from "./stack.ts";
import type { RunState } from "./state.ts";

export type Control = {
  readonly engine: Engine;
  readonly kernel: Kernel;
  /** Who gives the order; it is named in the ledger. */
  readonly principal: Principal;
};

export type Verdict = { readonly decision: "approved" | "rejected"; readonly reason: string };

/**
 * Decides the open approval of a run (of one step, where several are open). Deciding again in the same way changes
 * nothing. The run goes on here, unless a living process has it.
 *
 * @throws RUN_UNKNOWN; STATE_CONFLICT where nothing waits, or it was decided the other way; DENIED where the
 * principal is not among the approvers
 */
export async function decideApproval(control: Control, run: string, verdict: Verdict, step?: string): Promise<StartedRun> {
  const { kernel, principal } = control;
  const open = openApprovals(kernel, run).filter((entry) => step === undefined || entry.step === step);
  const [entry, another] = open;
  if (entry === undefined) {
    if (lastVerdict(kernel, run, step) === verdict.decision) return goOn(control, run);
    throw new RuntimeError("STATE_CONFLICT", `Run ${run} waits for no approval${step === undefined ? "" : ` of the step "${step}"`}.`);
  }
  if (another !== undefined)
    throw new RuntimeError("STATE_CONFLICT", `Run ${run} waits for several approvals: ${open.map((each) => each.step).join(", ")}. Name the step.`);
  checkApprover(entry, principal);
  const isLate = entry.data.expiresAt !== undefined && Date.parse(entry.data.expiresAt) < kernel.now();
  await append(control, run, {
    type: "approval-decided",
    run,
    step: entry.step,
    data: { approval: entry.data.approval, decision: isLate ? "expired" : verdict.decision, reason: verdict.reason },
  });
  return goOn(control, run);
}

function checkApprover({ data, step }: Entry<EventOf<"approval-requested">>, { human, agent }: Principal): void {
  if (data.approvers.length === 0 || data.approvers.includes(human)) return;
  const who = agent === "" ? human : `${human} (${agent})`;
  throw new RuntimeError("DENIED", `${who} may not decide about the step "${step}"; ${data.approvers.join(", ")} may.`);
}

/** The approvals that a run waits for. */
export function openApprovals({ ledger }: Kernel, run: string): Entry<EventOf<"approval-requested">>[] {
  const open = new Map<string, Entry<EventOf<"approval-requested">>>();
  for (const entry of ledger.entries({ run, types: ["approval-requested", "approval-decided", "run-restarted", "rollback-started"] })) {
    if (entry.type === "approval-requested") open.set(entry.data.approval, entry);
    else if (entry.type === "approval-decided") open.delete(entry.data.approval);
    else open.clear();
  }
  return [...open.values()];
}

function lastVerdict({ ledger }: Kernel, run: string, step: string | undefined): string | undefined {
  for (const entry of ledger.entries({ run, types: ["approval-decided"], descending: true }))
    if (entry.type === "approval-decided" && (step === undefined || entry.step === step)) return entry.data.decision;
  return undefined;
}

/** @throws RUN_UNKNOWN, STATE_CONFLICT where the run has ended */
export async function pauseRun(control: Control, run: string, reason: string): Promise<void> {
  await append(control, run, { type: "run-paused", run, data: { reason } });
}

/** @throws RUN_UNKNOWN, STATE_CONFLICT where the run is not paused */
export async function resumeRun(control: Control, run: string, reason: string): Promise<StartedRun> {
  await append(control, run, { type: "run-resumed", run, data: { reason } });
  return goOn(control, run);
}

/** Stops a run, and takes back what it did where `rollback` says so. @throws RUN_UNKNOWN, STATE_CONFLICT */
export async function cancelRun(control: Control, run: string, reason: string, rollback: boolean): Promise<StartedRun> {
  await append(control, run, { type: "run-cancel-requested", run, data: { reason, rollback } });
  return goOn(control, run);
}

/** Works on the run here, unless it has ended or a living process has it. */
export async function goOn({ engine, kernel }: Control, run: string): Promise<StartedRun> {
  const row = kernel.ledger.run(run);
  if (row === undefined) throw new RuntimeError("RUN_UNKNOWN", `There is no run ${run} in this workspace.`);
  const isEnded = row.endedAt !== null;
  if (isEnded || engine.isForeign(row)) return { run, settled: Promise.resolve(engine.state(run)) };
  return engine.adopt(run);
}

/** Through the run's own worker where it is here, so that its state follows at once; else checked against the fold. */
async function append({ engine, kernel, principal }: Control, run: string, event: LedgerEvent): Promise<void> {
  const live = engine.live(run);
  if (live !== undefined) {
    await live.emitAs(principal, event);
    return;
  }
  engine.check(run, event);
  await kernel.ledger.append(principal, event);
}

export type UndoOptions = {
  readonly mode: UndoMode;
  /** Only this step, and what is in it. */
  readonly step?: string;
  readonly reason: string;
};

/**
 * Takes back what an ended run did, last first: all of it, or one step. Strictly, nothing at all is touched where
 * somebody changed one of the paths since.
 *
 * @throws STATE_CONFLICT where the run has not ended; UNDO_CONFLICT naming the paths
 */
export async function undoRun(control: Control, run: string, { mode, step, reason }: UndoOptions): Promise<RunState> {
  const { kernel, engine } = control;
  const state = endedState(control, run);
  if (step !== undefined && stepOf(state, step) === undefined) throw new RuntimeError("RUN_UNKNOWN", `Run ${run} has no step "${step}".`);
  const isWanted = (key: string) => step === undefined || key === step || key.startsWith(`${step}/`) || key.startsWith(`${step}[`);
  const effects = itemsOf(state.undo).flatMap((item) => (item.kind === "effect" && isWanted(item.step) ? [item.seq] : []));
  if (mode === "strict") await checkUndoable(kernel, effects);
  const emit = emitFor(control);
  for (const of of effects) await undoEffect(kernel.ledger, kernel.workspace, emit, { of, mode, unfinished: false });
  await emit({ type: "run-undone", run, data: { reason, partial: engine.state(run).undo !== null } });
  return engine.state(run);
}

/** Does again what the last undo of a run took back. @throws STATE_CONFLICT, UNDO_CONFLICT */
export async function redoRun(control: Control, run: string, { mode, step, reason }: UndoOptions): Promise<RunState> {
  const { kernel, engine } = control;
  const { undone } = endedState(control, run);
  const undos = itemsOf(undone).flatMap(({ seq, item }) => (step === undefined || item.step === step ? [seq] : []));
  if (undos.length === 0) throw new RuntimeError("STATE_CONFLICT", `There is no undo of run ${run} that could be redone.`);
  const emit = emitFor(control);
  if (mode === "strict") await checkUndoable(kernel, undos);
  for (const of of undos) await undoEffect(kernel.ledger, kernel.workspace, emit, { of, mode, unfinished: false });
  await emit({ type: "run-redone", run, data: { reason } });
  return engine.state(run);
}

function emitFor({ kernel, principal }: Control) {
  return <Event extends LedgerEvent>(event: Event) => kernel.ledger.append(principal, event);
}

function endedState({ engine }: Control, run: string): RunState {
  const state = engine.state(run);
  if (state.endedAt === null) throw new RuntimeError("STATE_CONFLICT", `Run ${run} is ${state.phase}; cancel it with a rollback instead.`);
  return state;
}
