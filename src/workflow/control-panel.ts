import { RuntimeError } from "../contract/errors.ts";
import type { RunRow } from "../ledger/ledger.ts";
import type { Panics } from "../contract/panic.ts";
import { clearStaging } from "../workspace/staging.ts";
import { allRuns } from "./all-runs.ts";
import {
  answerApproval,
  decideApproval,
  expireApproval,
  overdueApproval,
  revokeApproval,
} from "./approvals.ts";
import { cancelRun, type Control, goOn, pauseRun, redoRun, resumeRun, undoRun } from "./control.ts";
import type { StartedRun } from "./engine.ts";
import { findOffer, listOffers } from "./offers.ts";
import { isLeftUndone, raisePanic } from "./panic-orders.ts";
import { planTarget } from "./plan-target.ts";
import { removeExpired } from "./retention.ts";
import type { Panel } from "./runtime.ts";
import { prepareTarget } from "./target.ts";
import { type RunView, viewRun } from "./view.ts";
import { viewApproval, viewOpenApprovals } from "./view-approvals.ts";

/** Everything that can be done in a workspace, for one principal. */
export function createControlPanel(control: Control & { readonly panics: Panics }): Panel {
  const { engine, kernel } = control;
  const show = (run: string): RunView => viewRun(engine.sealedState(run));

  const start: Panel["start"] = async (target, { inputs = {}, cwd = ".", facade, ...asked } = {}) => {
    const prepared = await prepareTarget(kernel, control.principal, target, inputs, facade);
    const started = engine.start({ ...prepared, ...asked, principal: control.principal, cwd });
    const view = settled(started);
    view.catch(() => {});
    return { run: started.run, settled: view };
  };

  return {
    start,
    run: async (target, options) => (await start(target, options)).settled,
    plan: (target, options) => planTarget(kernel, control.principal, target, options),
    offers: () => listOffers(kernel, control.principal),
    offer: (name) => findOffer(kernel, control.principal, name),
    show,
    decide: async (run, verdict, step) => settled(await decideApproval(control, run, verdict, step)),
    approvals: (run) => {
      if (run !== undefined) engine.row(run);
      const open = run === undefined ? [...allRuns(kernel.ledger, { open: true })].reverse() : [{ id: run }];
      return viewOpenApprovals(
        kernel,
        open.map(({ id }) => id),
      );
    },
    approval: (id) => viewApproval(kernel, id),
    answerApproval: async (id, verdict, by = control.principal) =>
      settled(await answerApproval({ ...control, principal: by }, id, verdict)),
    revokeApproval: async (id, reason, by = control.principal) =>
      settled(await revokeApproval({ ...control, principal: by }, id, reason)),
    pause: async (run, reason) => {
      await pauseRun(control, run, reason);
      return show(run);
    },
    resume: async (run, reason) => settled(await resumeRun(control, run, reason)),
    cancel: async (run, reason, rollback) => settled(await cancelRun(control, run, reason, rollback)),
    undo: async (run, options) =>
      viewRun(await undoRun(control, run, { mode: "strict", reason: "undo", ...options })),
    redo: async (run, options) =>
      viewRun(await redoRun(control, run, { mode: "strict", reason: "redo", ...options })),
    async undoSince(since, options) {
      const time = Date.parse(since);
      if (Number.isNaN(time))
        throw new RuntimeError("INPUT_INVALID", `"${since}" is no time; write it as 2026-01-31T12:00:00Z.`);
      const views: RunView[] = [];
      for (const { id, endedAt, status } of allRuns(kernel.ledger)) {
        if (endedAt === null || Date.parse(endedAt) < time || status !== "COMPLETED") continue;
        // What only read or computed needs no undo.
        if (engine.state(id).undo === null) continue;
        const reason = `undo since ${since}`;
        views.push(viewRun(await undoRun(control, id, { mode: "strict", reason, ...options })));
      }
      return views;
    },
    panic: (order, options) => raisePanic(control, order, options),
    panics: () => control.panics.all(),
    liftPanic: (id, reason) => control.panics.lift(control.principal, id, reason),
    removeExpired: () => removeExpired(kernel),
    async recover() {
      clearStaging(kernel.workspace, engine.isAlive);
      const isLeft = (row: RunRow): boolean => !engine.isForeign(row) && engine.live(row.id) === undefined;
      const finish = async ({ id, status }: RunRow): Promise<RunView[]> => {
        // Who answered it may have died before it went on.
        const isLeftOpen = status !== "PAUSED" || engine.state(id).phase !== "PAUSED";
        if (isLeftOpen) return [await settled(await goOn(control, id))];
        const overdue = overdueApproval(kernel, id);
        if (overdue !== undefined) return [await settled(await expireApproval(control, overdue))];
        return isLeftUndone(control, id) ? [await settled(await goOn(control, id))] : [];
      };
      const left = [...allRuns(kernel.ledger, { open: true })].filter(isLeft);
      // All at once: one may wait for a path that another of them still holds.
      const outcomes = await Promise.allSettled(left.map(finish));
      const failed = outcomes.find((outcome) => outcome.status === "rejected" && !isNotOurs(outcome.reason));
      if (failed?.status === "rejected") throw failed.reason;
      return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
    },
  };
}

/** Another process that recovers was quicker, or a panic lets a redo go no further. */
function isNotOurs(error: unknown): boolean {
  return error instanceof RuntimeError && (error.code === "OWNER_LOST" || error.code === "PANIC");
}

async function settled(started: StartedRun): Promise<RunView> {
  return viewRun(await started.settled);
}
