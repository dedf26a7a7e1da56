import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";

const MOST = 4_096;
const MOST_OF_ONE = 1_024;

/** How many readers of events there may be at once, in all and of one principal. */
export type StreamPlaces = {
  /** Takes a place, which the returned function gives back. @throws TOO_MANY */
  readonly take: (reader: Principal) => () => void;
};

export function createStreamPlaces(most = MOST, mostOfOne = MOST_OF_ONE): StreamPlaces {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take({ human, agent }) {
      // Whatever tokens and sessions they have.
      const key = JSON.stringify([human, agent]);
      const own = taken.get(key) ?? 0;
      if (all >= most || own >= mostOfOne)
        throw new RuntimeError("TOO_MANY", "There are too many readers of events.");
      all++;
      taken.set(key, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        all--;
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}
