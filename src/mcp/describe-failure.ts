import { type Failure, toFailure } from "../contract/errors.ts";
import { PACKAGE_ROOT } from "../kernel/package-root.ts";
import type { Desk } from "./desk.ts";

/** A failure as clients are told of it: in the place of each path of this machine stands what it is. */
export function describeFailure(
  { station: { runtime } }: Pick<Desk, "station">,
  thrown: unknown,
): Readonly<Record<string, unknown>> {
  return withoutPlaces(runtime, toFailure(thrown));
}

/** The same for one that a run has recorded. */
export function describeRecorded(
  { station: { runtime } }: Pick<Desk, "station">,
  failure: Failure | null,
): unknown {
  return failure === null ? null : withoutPlaces(runtime, failure);
}

function withoutPlaces(
  { workspace, home }: { readonly workspace: string; readonly home: string },
  failure: Failure,
): Readonly<Record<string, unknown>> {
  const places = [
    [workspace, "the workspace"],
    [home, "the home"],
    [PACKAGE_ROOT, "the package"],
  ] as const;
  const shown = places.reduce((text, [path, name]) => text.replaceAll(path, name), JSON.stringify(failure));
  return JSON.parse(shown) as Readonly<Record<string, unknown>>;
}
