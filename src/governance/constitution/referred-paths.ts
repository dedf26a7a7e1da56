import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";

import { isObject } from "../../contract/json.ts";

/**
 * Everything of a request that a policy can look at, as `context.labels`, `principal` (who it is), `action`, or
 * `resource.*` (all of it): two requests that are equal there get the same answer from it.
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

/** Goes through nodes of every kind: an expression that is not known must not hide what it looks at. */
function visit(node: unknown, found: Set<string>): void {
  const access = accessOf(node);
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
