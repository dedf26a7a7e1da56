import type { Desk } from "./desk.ts";
import { uriOfRun } from "./run-source.ts";

/** Whoever hears of changes; each client asked for them itself. */
export type Listener = {
  /** Tools, prompts and packs may be others from now on. */
  readonly onLists: () => void;
  readonly onResource: (uri: string) => void;
};

/** Tells of what changes in the chain and in runs, whichever process does it. Returns how to stop. */
export function watchChanges({ feed, homeFeed }: Desk, { onLists, onResource }: Listener): () => void {
  let place = feed.seq();
  const stopRuns = feed.onGrowth(() => {
    const runs = new Set<string>();
    for (const entry of feed.after(place)) {
      place = entry.seq;
      if ("run" in entry) runs.add(entry.run);
    }
    for (const run of runs) onResource(uriOfRun(run));
  });
  const stopLists = homeFeed.onGrowth(onLists);
  return () => {
    stopRuns();
    stopLists();
  };
}
