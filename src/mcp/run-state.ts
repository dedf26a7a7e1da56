import type { Principal } from "../contract/principal.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Feed } from "../operate/feed.ts";
import type { RunView } from "../workflow/view.ts";
import type { Desk } from "./desk.ts";
import { isSame } from "./guest.ts";

/** A run of the same agent for the same person. @throws RUN_UNKNOWN for another's, as for one that there is not */
export function requireOwn({ station: { runtime } }: Pick<Desk, "station">, caller: Principal, run: string) {
  const row = runtime.ledger.run(run);
  const owner = row === undefined ? undefined : (runtime.ledger.object(row.by) as Principal);
  if (row !== undefined && owner !== undefined && isSame(owner, caller)) return row;
  throw new RuntimeError("RUN_UNKNOWN", `There is no run ${JSON.stringify(run.slice(0, 100))} of yours.`);
}

/** Whether a run has ended, or waits for somebody; not before its first entry is written. */
export function isQuiet({ station: { runtime } }: Pick<Desk, "station">, run: string): boolean {
  const row = runtime.ledger.run(run);
  if (row === undefined) return false;
  return row.endedAt !== null || (row.status === "PAUSED" && runtime.show(run).status === "PAUSED");
}

/**
 * Resolves when a run has ended or waits for somebody, whichever process works on it; with `undefined` where `stop` is
 * aborted before. What it resolves with is durable.
 */
export async function whenQuiet(
  desk: Pick<Desk, "station" | "feed">,
  run: string,
  stop: AbortSignal,
): Promise<RunView | undefined> {
  const { station, feed } = desk;
  while (!isQuiet(desk, run)) {
    if (stop.aborted) return undefined;
    await nextGrowth(feed, stop);
  }
  await station.runtime.ledger.sync();
  return station.runtime.show(run);
}

/** Resolves when something was written to the ledger, or `stop` is aborted. */
export async function nextGrowth(feed: Pick<Feed, "onGrowth">, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      end();
      stop.removeEventListener("abort", done);
      resolve();
    };
    const end = feed.onGrowth(done);
    stop.addEventListener("abort", done, { once: true });
  });
}

/** Whether somebody ordered the run to stop, and to take back what it did. */
export function wasCancelled({ station }: Pick<Desk, "station">, run: string): boolean {
  const [order] = station.runtime.ledger.entries({ run, types: ["run-cancel-requested"] });
  return order !== undefined;
}
