import type { Entry } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { apply, type Specs } from "./next.ts";
import { pending } from "./pending.ts";
import type { RunState, Transition } from "./state.ts";

/**
 * The state of a run after all its entries, in order, and everything that has to be done now.
 *
 * @throws RUN_UNKNOWN where there are no entries; STATE_CONFLICT where they cannot be those of one run
 */
export function foldRun(entries: Iterable<Entry>, specs: Specs): Transition {
  let state: RunState | null = null;
  for (const entry of entries) state = fold(state, entry, specs);
  if (state === null) throw new RuntimeError("RUN_UNKNOWN", "The ledger holds no entry of this run.");
  return { state, commands: pending(state) };
}

function fold(state: RunState | null, entry: Entry, specs: Specs): RunState {
  try {
    return apply(state, { event: entry, at: entry.at, seq: entry.seq }, specs);
  } catch (error) {
    if (state !== null && isLate(entry, error)) return state;
    throw error;
  }
}

// Any process may append these, whatever the owner of the run appended meanwhile. One that came too late has no effect.
const REQUESTS: ReadonlySet<string> = new Set([
  "run-paused",
  "run-resumed",
  "run-cancel-requested",
  "approval-confirmed",
  "approval-decided",
  "approval-revoked",
]);

function isLate(entry: Entry, error: unknown): boolean {
  return REQUESTS.has(entry.type) && error instanceof RuntimeError && error.code === "STATE_CONFLICT";
}
