import { setTimeout as sleep } from "node:timers/promises";

import type { EventOf } from "../contract/entry.ts";
import type { Failure } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { LiveRun } from "./live-run.ts";
import type { Decided } from "./state.ts";

const BASE_MS = 5;
const MAX_MS = 2_000;

/**
 * Starts a run that lost a race for a path again. Its steps wait until it has every path of that race, so that it
 * cannot lose the same one twice: losers queue up, first come, first served.
 */
export async function beginAgain(
  live: LiveRun,
  event: Extract<Decided, { type: "run-restarted" }>,
): Promise<void> {
  const { leases } = live.kernel.workspace;
  const paths = [...new Set([...leases.heldBy(live.run), ...pathsOf(event.data.failure)])];
  const waiting = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  live.comeback = { waiting, promise };
  live.reads.clear();
  try {
    // Whoever gets the paths after this release must find it in the ledger, or seems to have looked before it.
    await live.emit({ ...event, run: live.run });
    leases.releaseAll(live.run);
    await queueUp(live, paths, event.data, waiting.signal);
  } finally {
    resolve();
  }
}

async function queueUp(
  { run, kernel }: LiveRun,
  paths: readonly string[],
  { attempt, failure }: EventOf<"run-restarted">["data"],
  signal: AbortSignal,
): Promise<void> {
  try {
    await kernel.workspace.leases.acquire(run, paths, signal);
    // No queue reaches across processes: their losers come back after a moment, and not all at the same one.
    if (isHeldElsewhere(failure)) await sleep(Math.random() * Math.min(MAX_MS, BASE_MS * 2 ** attempt));
  } catch {
    // The paths were not free in time, or the run is not to go on: its steps find that out for themselves.
  }
}

function pathsOf({ details }: Failure): string[] {
  if (!isObject(details)) return [];
  const named: readonly unknown[] = Array.isArray(details["paths"]) ? details["paths"] : [details["path"]];
  return named.filter((path) => typeof path === "string");
}

function isHeldElsewhere({ details }: Failure): boolean {
  return isObject(details) && typeof details["run"] === "string";
}
