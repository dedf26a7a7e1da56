import type { CallToolResult, InputRequests } from "@modelcontextprotocol/server";

import type { Principal } from "../contract/principal.ts";
import type { RunRow } from "../ledger/ledger.ts";
import type { Offer } from "../workflow/offers.ts";
import { questionsFor } from "./ask-client.ts";
import type { Abilities } from "./client-abilities.ts";
import type { Desk } from "./desk.ts";
import { presentRun } from "./present-run.ts";
import { isQuiet, wasCancelled } from "./run-state.ts";

const POLL_MS = 500;
// No client keeps a request open for longer.
const LONGEST_CALL_S = 3600;

type Task = {
  readonly taskId: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** Runs are kept with the ledger: none expires. */
  readonly ttlMs: null;
  readonly pollIntervalMs: number;
  readonly statusMessage?: string;
};

type JsonRpcError = { readonly code: number; readonly message: string };

/** A run as the extension `io.modelcontextprotocol/tasks` shows it (SEP-2663). */
export type DetailedTask = Task &
  (
    | { readonly status: "working" | "cancelled" }
    | { readonly status: "input_required"; readonly inputRequests: InputRequests }
    | { readonly status: "completed"; readonly result: CallToolResult }
    | { readonly status: "failed"; readonly error: JsonRpcError }
  );

/** What a call is answered with whose client comes back for the result. */
export type CreatedTask = Task & { readonly resultType: "task"; readonly status: "working" };

/** Whether a call may take longer than any request: only clients that can come back may make it. */
export function needsTask({ contracts }: Offer): boolean {
  return contracts.some(({ timeout_seconds: seconds }) => seconds > LONGEST_CALL_S);
}

/** The run is durable: another process finds it by the same id. */
export async function createdTask({ station: { runtime } }: Desk, run: string): Promise<CreatedTask> {
  await runtime.ledger.flush();
  const row = runtime.ledger.run(run);
  if (row === undefined) throw new Error(`The run ${run} is not in the ledger.`);
  return { ...fieldsOf(row), resultType: "task", status: "working" };
}

export function showTask(desk: Desk, row: RunRow, caller: Principal, abilities: Abilities): DetailedTask {
  const { runtime } = desk.station;
  const fields = fieldsOf(row);
  // Also while other steps still run.
  const inputRequests = row.endedAt === null ? questionsFor(desk, caller, row.id, abilities) : {};
  if (Object.keys(inputRequests).length > 0) return { ...fields, status: "input_required", inputRequests };
  if (!isQuiet(desk, row.id)) return { ...fields, status: "working" };
  const view = runtime.show(row.id);
  if (view.status === "PAUSED") {
    const ids = runtime.approvals(row.id).map(({ id }) => id);
    const why =
      ids.length > 0
        ? `It waits for somebody to answer ${ids.join(", ")}.`
        : (view.reason ?? "It is paused.");
    return { ...fields, status: "working", statusMessage: why };
  }
  if (view.status === "COMPLETED") return { ...fields, status: "completed", result: presentRun(desk, view) };
  if (wasCancelled(desk, row.id))
    return {
      ...fields,
      status: "cancelled",
      ...(view.reason === null ? {} : { statusMessage: view.reason }),
    };
  if (view.failure?.code === "INTERNAL")
    return { ...fields, status: "failed", error: { code: -32_603, message: view.failure.message } };
  return { ...fields, status: "completed", result: presentRun(desk, view) };
}

function fieldsOf({ id, startedAt, updatedAt }: RunRow): Task {
  return { taskId: id, createdAt: startedAt, lastUpdatedAt: updatedAt, ttlMs: null, pollIntervalMs: POLL_MS };
}
