import { setTimeout as sleep } from "node:timers/promises";

import { type Failure, RuntimeError } from "../contract/errors.ts";
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
  const { attempt, failure } = event.data;
  const paths = [...new Set([...leases.heldBy(live.run), ...pathsOf(failure)])];
  const waiting = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  live.comeback = { waiting, promise };
  live.reads.clear();
  // This entry gives the paths back for other processes, so it has to come before anybody here can take them.
  void live.emit({ ...event, run: live.run });
  leases.releaseAll(live.run);
  try {
    await leases.acquire(live.run, paths, waiting.signal);
    // No queue reaches across processes: their losers come back after a moment, and not all at the same one.
    if (isHeldElsewhere(failure)) await sleep(Math.random() * Math.min(MAX_MS, BASE_MS * 2 ** attempt));
  } catch (error) {
    // The paths were not free in time, or the run is not to go on: its steps find that out for themselves.
    if (!(error instanceof RuntimeError)) throw error;
  } finally {
    resolve();
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
