import type { Desk } from "./desk.ts";
import { uriOfRun } from "./run-source.ts";

const LOOK_MS = 100;

/** Whoever hears of changes; each client asked for them itself. */
export type Listener = {
  /** Tools, prompts and packs may be others from now on. */
  readonly onLists: () => void;
  readonly onResource: (uri: string) => void;
};

/** Tells of what changes in the chain and in runs, whichever process does it. Returns how to stop. */
export function watchChanges({ feed, station }: Desk, { onLists, onResource }: Listener): () => void {
  let place = feed.seq();
  const stopRuns = feed.onGrowth(() => {
    const runs = new Set<string>();
    for (const entry of feed.after(place)) {
      place = entry.seq;
      if ("run" in entry) runs.add(entry.run);
    }
    for (const run of runs) onResource(uriOfRun(run));
  });
  const home = station.chain.ledger;
  let known = home.lastSeq();
  const timer = setInterval(() => {
    const present = home.lastSeq();
    if (present === known) return;
    known = present;
    onLists();
  }, LOOK_MS);
  timer.unref();
  return () => {
    stopRuns();
    clearInterval(timer);
  };
}
