import type { Desk } from "./desk.ts";
import { uriOfRun } from "./run-source.ts";

const LOOK_MS = 100;

/** Whoever hears of changes; each client asked for them itself. */
export type Listener = {
  /** Tools, prompts and packs may be others from now on. */
  readonly onLists: () => void;
  readonly onResource: (uri: string) => void;
};

type Heard = Listener & {
  /** Whether anybody listens by now; until then no run is looked at. */
  readonly isHeard: () => boolean;
};

/** Tells of what changes in the chain and in runs, whichever process does it. Returns how to stop. */
export function watchChanges({ feed, station }: Desk, heard: Heard): () => void {
  const { isHeard, onLists, onResource } = heard;
  let place = feed.seq();
  const stopRuns = feed.onGrowth(() => {
    if (!isHeard()) {
      place = feed.seq();
      return;
    }
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
