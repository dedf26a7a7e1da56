import { type Failure, toFailure } from "../contract/errors.ts";
import { placesOf, withoutPlaces } from "../operate/places.ts";
import type { Desk } from "./desk.ts";

/** A failure as clients are told of it: in the place of each path of this machine stands what it is. */
export function describeFailure(
  { station: { runtime } }: Pick<Desk, "station">,
  thrown: unknown,
): Readonly<Record<string, unknown>> {
  return withoutPlaces(toFailure(thrown), placesOf(runtime));
}

/** The same for one that a run has recorded. */
export function describeRecorded(
  { station: { runtime } }: Pick<Desk, "station">,
  failure: Failure | null,
): unknown {
  return failure === null ? null : withoutPlaces(failure, placesOf(runtime));
}
