import { isObject } from "./json.ts";

/** One step of a JSON pointer (RFC 6901), with its `/` in front. */
export function pointerStep(part: string | number): string {
  return `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The members that a JSON pointer goes through. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A copy with another value at a place, or the value itself where there is no such place. Lists are no way. */
export function replaceAt(value: unknown, [part, ...rest]: readonly string[], replacement: unknown): unknown {
  if (part === undefined) return replacement;
  if (!isObject(value) || !Object.hasOwn(value, part)) return value;
  return { ...value, [part]: replaceAt(value[part], rest, replacement) };
}
