import { stringify } from "yaml";
import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { OlderDetail, OlderOrder, OlderReply, OlderSummary } from "../contract/rest/older.ts";
import { RunStatusFilter } from "../contract/rest/run.ts";
import type { RunRow, RunStatus } from "../ledger/ledger.ts";
import type { Station } from "../operate/station.ts";
import { pauseRun, resumeRun } from "../workflow/control.ts";
import { stepProgress } from "../workflow/step-progress.ts";
import { statusName } from "./encode-run.ts";
import { follow } from "./follow.ts";
import { Refusal } from "./problem.ts";
import { type Caller, route, type Route } from "./route.ts";

const MAX_LISTED = 1000;
const WorkflowPath = z.strictObject({ workflow_id: z.string().min(1).max(200) });

/** The endpoints of the older control API, with its bodies. */
export const OLDER_ROUTES: readonly Route[] = [
  route({
    id: "listWorkflows",
    method: "get",
    path: "/v1/workflows",
    tag: "older",
    summary: "The runs that are running or paused, newest first.",
    role: "viewer",
    query: z.strictObject({ status: RunStatusFilter.optional().describe("Only these.") }),
    answer: { status: 200, text: "The runs.", schema: z.array(OlderSummary) },
    handle: ({ station, query: { status } }) =>
      station.runtime.ledger
        .runs({
          open: true,
          limit: MAX_LISTED,
          ...(status === undefined ? {} : { status: status.toUpperCase() as RunStatus }),
        })
        .map((row) => {
          const { id, name, startedAt, updatedAt } = row;
          return {
            workflow_id: id,
            name,
            status: statusName(row.status),
            started_at: startedAt,
            updated_at: updatedAt,
            ...progressOf(station, id),
          };
        }),
  }),
  route({
    id: "getWorkflow",
    method: "get",
    path: "/v1/workflows/{workflow_id}",
    tag: "older",
    summary: "One run, whatever its status.",
    role: "viewer",
    params: WorkflowPath,
    answer: { status: 200, text: "The run.", schema: OlderDetail },
    refusals: [404],
    handle: ({ station, params: { workflow_id } }) => {
      const { startedAt, updatedAt, endedAt, name, status } = rowOf(station, workflow_id);
      const { spec, failure, rollback } = station.stateOf(workflow_id);
      return {
        workflow_id,
        name,
        status: statusName(status),
        created_at: startedAt,
        updated_at: updatedAt,
        started_at: startedAt,
        completed_at: endedAt,
        spec_yaml: stringify(spec),
        error_message: failure?.message ?? null,
        rollback_reason: rollback?.reason ?? null,
        ...progressOf(station, workflow_id),
      };
    },
  }),
  route({
    id: "pauseWorkflow",
    method: "post",
    path: "/v1/workflows/{workflow_id}/pause",
    tag: "older",
    summary: "Pause a run that is pending, running or paused.",
    role: "operator",
    params: WorkflowPath,
    body: OlderOrder,
    answer: { status: 200, text: "What was done.", schema: OlderReply },
    refusals: [404],
    handle: ({ station, caller, params, body }) =>
      order(station, caller, "PAUSE", params.workflow_id, body, async (principal, status) => {
        if (status === "PAUSED") return;
        await pauseRun(station.controlFor(principal), params.workflow_id, reasonOf(body));
      }),
  }),
  route({
    id: "resumeWorkflow",
    method: "post",
    path: "/v1/workflows/{workflow_id}/resume",
    tag: "older",
    summary: "Go on with a paused run.",
    role: "operator",
    params: WorkflowPath,
    body: OlderOrder,
    answer: { status: 200, text: "What was done.", schema: OlderReply },
    refusals: [404],
    handle: ({ station, caller, params, body }) =>
      order(station, caller, "RESUME", params.workflow_id, body, async (principal) => {
        const { settled } = await resumeRun(
          station.controlFor(principal),
          params.workflow_id,
          reasonOf(body),
        );
        follow(settled);
      }),
  }),
];

type Body = z.output<typeof OlderOrder>;

const POSSIBLE = {
  PAUSE: ["PENDING", "RUNNING", "PAUSED"],
  RESUME: ["PAUSED"],
} as const satisfies Record<Body["action"], readonly RunStatus[]>;

async function order(
  station: Station,
  { principal }: Caller,
  action: Body["action"],
  run: string,
  body: Body,
  give: (principal: Principal, status: RunStatus) => Promise<void>,
): Promise<z.output<typeof OlderReply>> {
  if (body.workflow_id !== run)
    throw new RuntimeError(
      "INPUT_INVALID",
      `body/workflow_id: "${body.workflow_id}" is not "${run}" of the path.`,
    );
  if (body.action !== action)
    throw new RuntimeError("INPUT_INVALID", `body/action: ${body.action} is not what the path says.`);
  const { status } = rowOf(station, run);
  const isPossible = POSSIBLE[action].some((each) => each === status);
  const refused = new Refusal(400, "STATE_CONFLICT", `Cannot ${action.toLowerCase()} workflow in ${status}`);
  if (!isPossible) throw refused;
  try {
    await give(principal, status);
  } catch (error) {
    // It came to another state meanwhile, or waits for an approval, which a resume does not give.
    if (error instanceof RuntimeError && error.code === "STATE_CONFLICT") throw refused;
    throw error;
  }
  const type = action === "PAUSE" ? "run-paused" : "run-resumed";
  const [entry] = station.runtime.ledger.entries({ run, types: [type], descending: true, sealed: true });
  return {
    workflow_id: run,
    action,
    previous_status: statusName(status),
    new_status: statusName(rowOf(station, run).status),
    controlled_by: principal.human,
    controlled_at: entry?.at ?? new Date().toISOString(),
    audit_event_id: String(entry?.seq ?? ""),
  };
}

function reasonOf({ reason, emergency }: Body): string {
  return emergency ? `emergency: ${reason}` : reason;
}

function progressOf(station: Station, run: string) {
  const state = station.stateOf(run);
  const { current, total, completed } = stepProgress(state);
  return {
    current_step: current,
    total_steps: total,
    completed_steps: completed,
    owner: state.spec.metadata.owner,
  };
}

function rowOf({ runtime }: Station, run: string): RunRow {
  const row = runtime.ledger.run(run);
  if (row === undefined) throw new RuntimeError("RUN_UNKNOWN", "Workflow not found");
  return row;
}
