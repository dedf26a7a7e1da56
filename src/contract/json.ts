export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, ECMAScript numbers, no white space. Members that are
 * `undefined` are left out, as `JSON.stringify` does.
 *
 * @throws TypeError for what JSON cannot hold: NaN, infinities, bigint, a lone surrogate.
 */
export function canonicalJson(value: unknown): string {
  const ordered = inOrder(value);
  if (ordered !== NOT_PLAIN) {
    const text = JSON.stringify(ordered);
    // A lone surrogate is written as an escape, and so are texts that look like one.
    if (!text.includes("\\ud")) return text;
  }
  return canonicalText(value);
}

const NOT_PLAIN = Symbol("has something that JSON.stringify would write in another way");
const ZERO = 0x30;
const NINE = 0x39;

/** The value with the members of its objects in order: itself where they are, else a copy. */
function inOrder(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : NOT_PLAIN;
    case "object":
      if (value === null) return value;
      return Array.isArray(value) ? itemsInOrder(value) : membersInOrder(value as Record<string, unknown>);
    default:
      return NOT_PLAIN;
  }
}

function itemsInOrder(items: readonly unknown[]): unknown {
  let ordered = items;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) continue;
    const placed = inOrder(item);
    if (placed === NOT_PLAIN) return NOT_PLAIN;
    if (placed !== item) {
      if (ordered === items) ordered = [...items];
      (ordered as unknown[])[i] = placed;
    }
  }
  return ordered;
}

function membersInOrder(object: Record<string, unknown>): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return NOT_PLAIN;
  const keys = Object.keys(object);
  let isInOrder = true;
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) isInOrder = false;
  if (!isInOrder) keys.sort();
  const ordered: Record<string, unknown> = {};
  let isSame = isInOrder;
  for (const key of keys) {
    if (key === "__proto__" || key === "toJSON" || startsWithDigit(key)) return NOT_PLAIN;
    const member = object[key];
    if (member === undefined) continue;
    const placed = inOrder(member);
    if (placed === NOT_PLAIN) return NOT_PLAIN;
    if (placed !== member) isSame = false;
    ordered[key] = placed;
  }
  return isSame ? object : ordered;
}

/** Properties that are integers keep an order of their own. */
function startsWithDigit(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= ZERO && first <= NINE;
}

function canonicalText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Record<string, unknown>);
    default:
      throw new TypeError(`${typeof value} has no JSON form`);
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ",";
    text += items[i] === undefined ? "null" : canonicalText(items[i]);
  }
  return `${text}]`;
}

function canonicalObject(object: Record<string, unknown>): string {
  let text = "{";
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${quote(key)}:${canonicalText(value)}`;
  }
  return `${text}}`;
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("a lone surrogate has no canonical JSON form");
  return JSON.stringify(text);
}
