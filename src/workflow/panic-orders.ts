import { setTimeout as sleep } from "node:timers/promises";

import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Panic, PanicOrder, PanicReport, Panics, StoppedRun } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import type { Kernel } from "../kernel/invoke.ts";
import type { RunRow } from "../ledger/ledger.ts";
import { allRuns } from "./all-runs.ts";
import { type Control, goOn } from "./control.ts";
import { type Unfollowed, warnOfUnfollowed } from "./notice.ts";
import { obeyPanic, orderOf } from "./obey-panic.ts";

const LOOK_MS = 50;

/**
 * Raises a panic, and stops what it is over in this workspace: the runs of this process, those that wait, and those
 * that dead processes left. Other living processes stop theirs themselves within a tenth of a second; with `waitMs`
 * it is waited for, as long as that.
 *
 * @throws NOT_AUTHORIZED, RUN_UNKNOWN
 */
export async function raisePanic(
  control: Control & { readonly panics: Panics },
  order: PanicOrder,
  { waitMs = 0 }: { readonly waitMs?: number | undefined } = {},
): Promise<PanicReport> {
  const { engine, kernel, panics, principal } = control;
  if (order.reason.trim() === "") throw new RuntimeError("INPUT_INVALID", "The reason of a panic is empty.");
  const owner = order.scope.kind === "run" ? ownerOf(kernel, engine.row(order.scope.run)) : principal;
  const panic = await panics.raise(principal, order, owner);
  const concerned = concernedRuns(control);
  const stopped = concerned.filter((row) => !engine.isForeign(row)).map(({ id }) => stop(control, id));
  await Promise.allSettled(stopped);
  const look = (): StoppedRun[] => concerned.map(({ id }) => describe(control, id));
  const until = Date.now() + waitMs;
  let runs = look();
  while (runs.some(({ isAtRest }) => !isAtRest) && Date.now() < until) {
    await sleep(LOOK_MS);
    runs = look();
  }
  return { panic, runs };
}

/**
 * Makes the runs of this process do what a panic says that somebody raises from now on, in whatever process. It costs a
 * glance at the home ledger's version ten times a second, and keeps no process alive. Returns how to end it.
 */
export function watchPanics(
  control: Control,
  onUnfollowed: (unfollowed: Unfollowed) => void = warnOfUnfollowed,
): () => void {
  const { engine, kernel } = control;
  let isOpen = true;
  const seen = new Set(kernel.alarm.open().map(({ id }) => id));
  const timer = setInterval(() => {
    const raised = openNow(kernel).filter(({ id }) => !seen.has(id));
    if (raised.length === 0) return;
    for (const { id } of raised) seen.add(id);
    for (const row of concernedRuns(control))
      if (row.process === engine.owner.process && (row.status === "PAUSED" || engine.live(row.id)))
        stop(control, row.id).catch((error: unknown) => {
          const failure = toFailure(error);
          if (isOpen) onUnfollowed({ run: row.id, order: "panic-raised", failure });
        });
  }, 2 * LOOK_MS);
  timer.unref();
  return () => {
    isOpen = false;
    clearInterval(timer);
  };
}

/** A home that cannot be read stops every call at its next effect; whether a panic was raised shows afterwards. */
function openNow({ alarm }: Kernel): readonly Panic[] {
  try {
    return alarm.open();
  } catch (error) {
    if (error instanceof RuntimeError) return [];
    throw error;
  }
}

/** Whether a paused run still has to do what a panic says, or was cut off in doing it. */
export function isLeftUndone({ engine, kernel }: Control, run: string): boolean {
  const state = engine.state(run);
  if (state.endedAt !== null) return false;
  if (state.running.length > 0) return true;
  const panic = kernel.alarm.over({ run, principal: ownerOf(kernel, engine.row(run)) });
  return panic !== undefined && orderOf(state, panic) !== null;
}

async function stop(control: Control, run: string): Promise<void> {
  const live = control.engine.live(run);
  if (live !== undefined) obeyPanic(live);
  await (live ?? (await goOn(control, run))).settled;
}

/** The runs that have not ended and that a panic is over, whoever works on them. */
function concernedRuns({ engine, kernel }: Control): RunRow[] {
  return [...allRuns(kernel.ledger, { open: true })].filter(
    (row) =>
      kernel.alarm.over({ run: row.id, principal: ownerOf(kernel, row) }) !== undefined &&
      engine.state(row.id).endedAt === null,
  );
}

function describe({ engine }: Control, run: string): StoppedRun {
  const { name, status } = engine.row(run);
  const { endedAt, phase, running } = engine.state(run);
  const isAtRest = endedAt !== null || (phase === "PAUSED" && running.length === 0);
  return { run, name, status, isAtRest };
}

function ownerOf({ ledger }: Kernel, { by }: RunRow): Principal {
  return ledger.object(by) as Principal;
}
