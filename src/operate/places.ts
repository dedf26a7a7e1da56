import { PACKAGE_ROOT } from "../kernel/package-root.ts";
import type { Runtime } from "../workflow/runtime.ts";

/** Texts that must not leave the machine, with what stands in their place. */
export type Places = readonly (readonly [path: string, name: string])[];

export function placesOf({ workspace, home }: Pick<Runtime, "workspace" | "home">): Places {
  return [
    [workspace, "the workspace"],
    [home, "the home"],
    [PACKAGE_ROOT, "the package"],
  ];
}

/** A copy of JSON in whose texts each path of this machine is what it is instead. */
export function withoutPlaces<Value>(value: Value, places: Places): Value {
  const hide = (text: string): string =>
    places.reduce((shown, [path, name]) => shown.replaceAll(path, name), text);
  if (typeof value === "string") return hide(value) as Value;
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === "string" ? hide(each) : each,
  ) as Value;
}
