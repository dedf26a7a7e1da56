import type { LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { closeFrames } from "./blocks.ts";
import { type Draft, type Happened, refuse } from "./draft.ts";
import { newlyPending } from "./pending.ts";
import type { RunState, Transition } from "./state.ts";
import { TRANSITIONS } from "./transitions.ts";

/** One event and its time. `seq` is null while the ledger has not numbered it; then it is a proposal. */
export type Numbered = { readonly event: LedgerEvent; readonly at: string; readonly seq: number | null };

/** Finds a recorded workflow by its digest. */
export type Specs = (digest: string) => WorkflowSpec;

/**
 * What one event makes of a run, and what has to be done because of it. Pure: the same arguments give the same
 * transition, and `state` is not changed.
 *
 * @throws STATE_CONFLICT where the run's phase, or the step's, refuses the event; SPEC_INVALID, WORKFLOW_UNKNOWN
 */
export function next(state: RunState | null, entry: Numbered, specs: Specs): Transition {
  const after = apply(state, entry, specs);
  return { state: after, commands: newlyPending(state, after) };
}

/** What one event makes of a run, without what has to be done. @throws STATE_CONFLICT */
export function apply(state: RunState | null, { event, at, seq }: Numbered, specs: Specs): RunState {
  if (!("run" in event)) throw new RuntimeError("STATE_CONFLICT", `${event.type} is no event of a run.`);
  const draft = state === null ? started({ event, at, seq }, specs) : changed(state, { event, at, seq });
  closeFrames(draft);
  return draft.run;
}

function started({ event, at, seq }: Happened, specs: Specs): Draft {
  if (event.type !== "run-started")
    throw new RuntimeError(
      "STATE_CONFLICT",
      `Run ${event.run} has not started and cannot take ${event.type}.`,
    );
  return TRANSITIONS.none[event.type]({ event, at, seq }, specs);
}

function changed(state: RunState, entry: Happened): Draft {
  const { event, at } = entry;
  const draft: Draft = { run: { ...state }, at, closing: [] };
  if (event.run !== state.run) throw refuse(state, event, `it belongs to the run ${event.run}`);
  const change = TRANSITIONS[state.phase][event.type] as
    | ((draft: Draft, entry: Happened) => void)
    | "rejected";
  if (change === "rejected") throw refuse(state, event, "the phase does not allow it");
  change(draft, entry);
  draft.run.updatedAt = at;
  return draft;
}
