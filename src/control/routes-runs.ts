import { z } from "zod";

import {
  CancelOrder,
  Order,
  PlanOfRun,
  PlanRequest,
  Run,
  RunDiff,
  RunPage,
  RunStatusFilter,
  StartedRun,
  StartRun,
  UndoneRuns,
  UndoOrder,
  UndoSince,
} from "../contract/rest/run.ts";
import { RuntimeError } from "../contract/errors.ts";
import { EntryPage } from "../contract/rest/ledger.ts";
import type { RunStatus } from "../ledger/ledger.ts";
import { diffOfRun } from "../operate/run-diff.ts";
import type { SpecText } from "../workflow/runtime.ts";
import { cancelRun, pauseRun, resumeRun } from "../workflow/control.ts";
import { showRun, summarize } from "./encode-run.ts";
import { pageOf } from "./entry-page.ts";
import { follow } from "./follow.ts";
import { startedRun } from "./started-run.ts";
import { traceParentIn } from "./trace-parent.ts";
import { route, type Route } from "./route.ts";

/** Names it in errors. */
const FILE = "the workflow of the request";
const RunPath = z.strictObject({ run: z.string().min(1).max(200) });

/** Runs: looking at them, starting and steering them. */
export const RUN_ROUTES: readonly Route[] = [
  route({
    id: "listRuns",
    method: "get",
    path: "/v1/runs",
    tag: "runs",
    summary: "The runs of the workspace, newest first.",
    role: "viewer",
    query: z.strictObject({
      status: RunStatusFilter.optional().describe("Only these."),
      open: z.boolean().default(false).describe("Only those that have not ended."),
      limit: z.int().min(1).max(500).default(50),
      cursor: z.string().min(1).max(200).optional().describe("`next` of the page before."),
    }),
    answer: { status: 200, text: "A page of runs.", schema: RunPage },
    handle: ({ station, query: { status, open, limit, cursor } }) => {
      const rows = station.runtime.ledger.runs({
        open,
        limit: limit + 1,
        ...(status === undefined ? {} : { status: status.toUpperCase() as RunStatus }),
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      const page = rows.slice(0, limit);
      return { runs: page.map(summarize), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
  }),
  route({
    id: "startRun",
    method: "post",
    path: "/v1/runs",
    tag: "runs",
    summary: "Start a run; it goes on by itself.",
    role: "operator",
    body: StartRun,
    answer: { status: 202, text: "It has started.", schema: StartedRun },
    refusals: [403, 404, 409],
    startsRun: true,
    handle: async ({ station, caller, body, headers, promised }) => {
      const { inputs = {}, facade, cwd } = body;
      const { ledger } = station.runtime;
      if (promised !== undefined && ledger.run(promised) !== undefined) return startedRun(promised);
      const { run, settled } = await station.panelFor(caller.principal).start(targetOf(body), {
        inputs,
        ...traceParentIn(headers),
        ...(promised === undefined ? {} : { run: promised }),
        ...(facade === undefined ? {} : { facade }),
        ...(cwd === undefined ? {} : { cwd }),
      });
      follow(settled);
      await ledger.flush();
      return startedRun(run);
    },
  }),
  route({
    id: "getRun",
    method: "get",
    path: "/v1/runs/{run}",
    tag: "runs",
    summary: "A run with its steps, inputs, outputs, and what it changed.",
    role: "viewer",
    params: RunPath,
    answer: { status: 200, text: "The run.", schema: Run },
    refusals: [404],
    handle: ({ station, params: { run } }) => showRun(station, run),
  }),
  route({
    id: "pauseRun",
    method: "post",
    path: "/v1/runs/{run}/pause",
    tag: "runs",
    summary: "Pause a run when the steps under way are done.",
    role: "operator",
    params: RunPath,
    body: Order,
    answer: { status: 200, text: "The run after the order.", schema: Run },
    refusals: [404, 409],
    handle: async ({ station, caller, params: { run }, body: { reason } }) => {
      await pauseRun(station.controlFor(caller.principal), run, reason);
      return showRun(station, run);
    },
  }),
  route({
    id: "resumeRun",
    method: "post",
    path: "/v1/runs/{run}/resume",
    tag: "runs",
    summary: "Go on with a paused run.",
    role: "operator",
    params: RunPath,
    body: Order,
    answer: { status: 200, text: "The run after the order.", schema: Run },
    refusals: [404, 409],
    handle: async ({ station, caller, params: { run }, body: { reason } }) => {
      follow((await resumeRun(station.controlFor(caller.principal), run, reason)).settled);
      return showRun(station, run);
    },
  }),
  route({
    id: "cancelRun",
    method: "post",
    path: "/v1/runs/{run}/cancel",
    tag: "runs",
    summary: "Stop a run for good, and take back what it did where asked.",
    role: "operator",
    params: RunPath,
    body: CancelOrder,
    answer: { status: 200, text: "The run after the order.", schema: Run },
    refusals: [404, 409],
    handle: async ({ station, caller, params: { run }, body: { reason, rollback } }) => {
      follow((await cancelRun(station.controlFor(caller.principal), run, reason, rollback)).settled);
      return showRun(station, run);
    },
  }),
  route({
    id: "rollbackRun",
    method: "post",
    path: "/v1/runs/{run}/rollback",
    tag: "runs",
    summary: "Stop a run for good, and take back what it did.",
    role: "operator",
    params: RunPath,
    body: Order,
    answer: { status: 200, text: "The run after the order.", schema: Run },
    refusals: [404, 409],
    handle: async ({ station, caller, params: { run }, body: { reason } }) => {
      follow((await cancelRun(station.controlFor(caller.principal), run, reason, true)).settled);
      return showRun(station, run);
    },
  }),
  route({
    id: "planRun",
    method: "post",
    path: "/v1/plans",
    tag: "runs",
    summary: "What a run would do; nothing of it is done.",
    role: "operator",
    onlyLooks: true,
    body: PlanRequest,
    answer: { status: 200, text: "The plan.", schema: PlanOfRun },
    refusals: [404, 409],
    handle: ({ station, caller, body }) => {
      const { inputs = {}, facade, cwd } = body;
      return station.panelFor(caller.principal).plan(targetOf(body), {
        inputs,
        ...(facade === undefined ? {} : { facade }),
        ...(cwd === undefined ? {} : { cwd }),
      });
    },
  }),
  route({
    id: "getRunDiff",
    method: "get",
    path: "/v1/runs/{run}/diff",
    tag: "runs",
    summary: "What a run changed in the workspace and did not take back, as unified diffs.",
    role: "viewer",
    params: RunPath,
    answer: { status: 200, text: "The changes.", schema: RunDiff },
    refusals: [404],
    handle: ({ station, caller, params: { run } }) => {
      const { engine, kernel } = station.controlFor(caller.principal);
      return { changes: diffOfRun(kernel, engine.row(run).id) };
    },
  }),
  route({
    id: "listRunEntries",
    method: "get",
    path: "/v1/runs/{run}/entries",
    tag: "runs",
    summary: "The timeline of a run: its entries in the ledger, in order.",
    role: "viewer",
    params: RunPath,
    query: z.strictObject({
      after: z.int().min(0).default(0),
      limit: z.int().min(1).max(1000).default(200),
    }),
    answer: { status: 200, text: "A page of entries.", schema: EntryPage },
    refusals: [404],
    handle: ({ station, caller, params, query: { after, limit } }) => {
      const run = station.controlFor(caller.principal).engine.row(params.run).id;
      return pageOf(station.runtime.ledger.entries({ run, afterSeq: after, sealed: true }), limit);
    },
  }),
  route({
    id: "undoSince",
    method: "post",
    path: "/v1/undo",
    tag: "runs",
    summary: "Restore the workspace to a point: take back every run that ended since.",
    role: "operator",
    body: UndoSince,
    answer: { status: 200, text: "The runs that were taken back, newest first.", schema: UndoneRuns },
    refusals: [409],
    handle: async ({ station, caller, body: { since, reason, mode } }) => {
      const views = await station.panelFor(caller.principal).undoSince(since, { reason, mode });
      return { runs: views.map(({ run }) => run) };
    },
  }),
  ...(["undo", "redo"] as const).map((action) =>
    route({
      id: `${action}Run`,
      method: "post",
      path: `/v1/runs/{run}/${action}`,
      tag: "runs",
      summary:
        action === "undo" ? "Take back what an ended run did." : "Do again what the last undo took back.",
      role: "operator",
      params: RunPath,
      body: UndoOrder,
      answer: { status: 200, text: "The run afterwards.", schema: Run },
      refusals: [404, 409],
      handle: async ({ station, caller, params: { run }, body: { step, ...options } }) => {
        const panel = station.panelFor(caller.principal);
        await panel[action](run, { ...options, ...(step === undefined ? {} : { step }) });
        return showRun(station, run);
      },
    }),
  ),
];

/** @throws INPUT_INVALID for a path: files of the server are nobody's to name over HTTP */
function targetOf({ target = "", workflow }: z.output<typeof StartRun>): string | SpecText {
  if (workflow !== undefined) return { file: FILE, text: workflow };
  if (!/[/\\]|\.(?:ya?ml|json)$/i.test(target)) return target;
  throw new RuntimeError(
    "INPUT_INVALID",
    `target: "${target.slice(0, 100)}" is a path; name a capability or a workflow, or send its text as \`workflow\`.`,
  );
}
