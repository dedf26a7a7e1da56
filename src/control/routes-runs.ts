import { z } from "zod";

import {
  CancelOrder,
  Order,
  Run,
  RunPage,
  RunStatusFilter,
  StartedRun,
  StartRun,
  UndoOrder,
} from "../contract/rest/run.ts";
import type { RunStatus } from "../ledger/ledger.ts";
import { cancelRun, pauseRun, resumeRun } from "../workflow/control.ts";
import { showRun, summarize } from "./encode-run.ts";
import { follow } from "./follow.ts";
import { route, type Route } from "./route.ts";

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
    handle: async ({ station, caller, body: { target = "", workflow, inputs = {}, facade, cwd } }) => {
      const { run, settled } = await station
        .panelFor(caller.principal)
        .start(workflow === undefined ? target : { file: "the workflow of the request", text: workflow }, {
          inputs,
          ...(facade === undefined ? {} : { facade }),
          ...(cwd === undefined ? {} : { cwd }),
        });
      follow(settled);
      await station.runtime.ledger.flush();
      return { run, href: `/v1/runs/${run}` };
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
