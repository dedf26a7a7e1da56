import { RuntimeError } from "../../contract/errors.ts";
import type { Work } from "./work.ts";

/**
 * A value of a template: JSON, `undefined`, or a function that the template defined (a macro) or was given (`range`).
 */
export type Value = unknown;

export type Callable = (positional: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

export type Rendering = {
  readonly parts: string[];
  readonly work: Work;
  readonly escape: (text: string) => string;
};

export type Scope = { readonly values: Map<string, Value>; readonly parent: Scope | undefined };

export function createScope(
  parent: Scope | undefined,
  entries: Iterable<readonly [string, Value]> = [],
): Scope {
  return { values: new Map(entries), parent };
}

export function findValue(scope: Scope, name: string): Value {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent)
    if (level.values.has(name)) return level.values.get(name);
  return undefined;
}

/** Empty texts, lists and objects are false, as in Python. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

/** As Jinja shows a value; lists and objects as JSON. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function show(value: Value, work: Work): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return writeJson(value, work);
}

/** JSON text. Counted member by member, because a list may hold itself many times over. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function writeJson(value: Value, work: Work, indent = "", margin = "\n"): string {
  work.spend(1 + margin.length);
  if (typeof value === "string") work.spend(value.length);
  if (typeof value === "function")
    throw new RuntimeError("CONTENT_INVALID", "template shows a macro without calling it");
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const inner = margin + indent;
  const members = Array.isArray(value)
    ? value.map((item) => writeJson(item, work, indent, inner))
    : Object.entries(value).map(
        ([key, item]) => `${JSON.stringify(key)}: ${writeJson(item, work, indent, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (members.length === 0 || indent === "") return `${open}${members.join(", ")}${close}`;
  return `${open}${inner}${members.join(`,${inner}`)}${margin}${close}`;
}

/** The elements that a loop or a list filter goes through: of a list, of an object its keys, of a text its characters. */
export function iterate(value: Value, work: Work): readonly Value[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as Value[];
  if (typeof value === "string") {
    work.spend(value.length);
    return Array.from(value);
  }
  if (typeof value === "object" && value !== null) return Object.keys(value);
  throw new RuntimeError("CONTENT_INVALID", `template goes through a ${typeof value} as if it were a list`);
}
