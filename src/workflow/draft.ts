import type { EventOf, RunEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { RunState } from "./state.ts";

/** The state that one event makes: a shallow copy of the one before, whose fields are replaced and never reached into. */
export type Draft = {
  run: { -readonly [Field in keyof RunState]: RunState[Field] };
  /** Time of the event. */
  readonly at: string;
  /** Frames whose last step has just ended and whose block has not been told yet. */
  readonly closing: string[];
};

/** One event of a run. `seq` is null while it is only proposed: what lies in the ledger has happened. */
export type Happened<Event extends RunEvent = RunEvent> = {
  readonly event: Event;
  readonly at: string;
  readonly seq: number | null;
};

export type HappenedOf<Type extends RunEvent["type"]> = Happened<EventOf<Type>>;

export function refuse(run: Draft["run"], event: RunEvent, why: string): RuntimeError {
  const step = "step" in event ? ` of the step "${event.step}"` : "";
  return new RuntimeError(
    "STATE_CONFLICT",
    `Run ${run.run} is ${run.phase} and cannot take ${event.type}${step}: ${why}.`,
  );
}

/** The list without one element; the list itself where the element is not in it. */
export function without<Item>(list: readonly Item[], item: Item): readonly Item[] {
  const index = list.indexOf(item);
  return index < 0 ? list : list.toSpliced(index, 1);
}
