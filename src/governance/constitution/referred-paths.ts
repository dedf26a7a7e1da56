import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";

import { isObject } from "../../contract/json.ts";

/**
 * Everything of a request that a policy can look at, as `context.labels`, `principal` (who it is), `action`,
 * `resource.*` (all of it), or `context.paths["a","b"]` (which of these a set holds): two requests that are equal there
 * get the same answer from it.
 */
export function pathsIn({ principal, action, resource, conditions }: PolicyJson): string[] {
  const found = new Set<string>();
  if (principal.op !== "All" && principal.op !== "is") found.add("principal");
  if (principal.op === "is" && principal.in !== undefined) found.add("principal");
  if (resource.op !== "All" && resource.op !== "is") found.add("resource");
  if (resource.op === "is" && resource.in !== undefined) found.add("resource");
  if (action.op !== "All") found.add("action");
  visit(
    conditions.map(({ body }) => body),
    found,
  );
  return [...found].sort();
}

/** The parts of `context.paths["a","b"]`: the attribute, and the members that are looked for, where not all count. */
export function partsOf(path: string): {
  readonly attribute: string;
  readonly members?: ReadonlySet<string>;
} {
  const known = parts.get(path);
  if (known !== undefined) return known;
  const at = path.indexOf("[");
  const found =
    at === -1
      ? { attribute: path }
      : {
          attribute: path.slice(0, at),
          members: new Set(JSON.parse(path.slice(at)) as string[]),
        };
  parts.set(path, found);
  return found;
}

const parts = new Map<string, ReturnType<typeof partsOf>>();

function pathTo(attribute: string, members: Iterable<string>): string {
  return `${attribute}${JSON.stringify([...new Set(members)].toSorted((a, b) => (a < b ? -1 : 1)))}`;
}

/** What several policies look at, each attribute once. */
export function joinPaths(paths: Iterable<string>): readonly string[] {
  const whole = new Set<string>();
  const looked = new Map<string, readonly string[]>();
  for (const path of paths) {
    const { attribute, members } = partsOf(path);
    if (members === undefined) whole.add(attribute);
    else looked.set(attribute, [...(looked.get(attribute) ?? []), ...members]);
  }
  const joined = [...looked].flatMap(([attribute, members]) =>
    whole.has(attribute) ? [] : pathTo(attribute, members),
  );
  return [...whole, ...joined].sort();
}

/** Goes through nodes of every kind: an expression that is not known must not hide what it looks at. */
function visit(node: unknown, found: Set<string>): void {
  const access = membershipOf(node) ?? accessOf(node);
  if (access !== undefined) found.add(access);
  else if (Array.isArray(node)) for (const inner of node) visit(inner, found);
  else if (isObject(node)) {
    if (typeof node["Var"] === "string") found.add(`${node["Var"]}.*`);
    for (const inner of Object.values(node)) visit(inner, found);
  }
}

/** `context.labels`, also where it is asked for by `has`. */
function accessOf(node: unknown): string | undefined {
  if (!isObject(node)) return undefined;
  for (const kind of [".", "has"] as const) {
    const access = node[kind];
    if (!isObject(access) || !isObject(access["left"])) continue;
    const variable = access["left"]["Var"];
    const attribute = Array.isArray(access["attr"]) ? access["attr"][0] : access["attr"];
    if (typeof variable === "string" && typeof attribute === "string") return `${variable}.${attribute}`;
  }
  return undefined;
}

/** `context.paths.contains("a")` and its like: of the set, only the members that are named count. */
function membershipOf(node: unknown): string | undefined {
  if (!isObject(node)) return undefined;
  for (const kind of ["contains", "containsAny", "containsAll"] as const) {
    const asked = node[kind];
    if (!isObject(asked)) continue;
    const set = accessOf(asked["left"]);
    const members = kind === "contains" ? [textOf(asked["right"])] : textsOf(asked["right"]);
    if (set === undefined || members.includes(undefined)) return undefined;
    return pathTo(
      set,
      members.filter((each) => each !== undefined),
    );
  }
  return undefined;
}

function textsOf(node: unknown): (string | undefined)[] {
  return isObject(node) && Array.isArray(node["Set"]) ? node["Set"].map(textOf) : [undefined];
}

function textOf(node: unknown): string | undefined {
  return isObject(node) && typeof node["Value"] === "string" ? node["Value"] : undefined;
}
