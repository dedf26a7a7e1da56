import { pointerStep } from "../contract/json-pointer.ts";
import { isObject } from "../contract/json.ts";

type Schema = Readonly<Record<string, unknown>>;

const COMBINING = ["allOf", "anyOf", "oneOf", "then", "else"];
const cache = new WeakMap<object, readonly string[]>();

/**
 * JSON pointers to every value that the schema marks with `x-sensitive: true`. A list with a secret inside its
 * elements is named as a whole, and so is a mapping with free keys.
 */
export function sensitivePointers(schema: Schema, prefix = ""): readonly string[] {
  let found = cache.get(schema);
  if (found === undefined) {
    found = [...new Set(search(schema, "", schema, 0))];
    cache.set(schema, found);
  }
  return prefix === "" ? found : found.map((pointer) => prefix + pointer);
}

function search(schema: unknown, at: string, root: Schema, depth: number): string[] {
  if (!isObject(schema) || depth > 64) return [];
  if (schema["x-sensitive"] === true) return [at];
  const found: string[] = [];
  if (isObject(schema["properties"])) {
    for (const [name, inner] of Object.entries(schema["properties"]))
      found.push(...search(inner, at + pointerStep(name), root, depth + 1));
  }
  for (const key of [
    "items",
    "prefixItems",
    "contains",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
  ]) {
    if (mentionsSecret(schema[key], root, depth + 1)) found.push(at);
  }
  for (const key of COMBINING) {
    for (const inner of listOf(schema[key])) found.push(...search(inner, at, root, depth + 1));
  }
  found.push(...search(definitionOf(schema, root), at, root, depth + 1));
  return found;
}

function mentionsSecret(schema: unknown, root: Schema, depth: number): boolean {
  if (typeof schema !== "object" || schema === null || depth > 64) return false;
  if ("x-sensitive" in schema && schema["x-sensitive"] === true) return true;
  return [definitionOf(schema, root), ...Object.values(schema)].some((inner) =>
    mentionsSecret(inner, root, depth + 1),
  );
}

function definitionOf(schema: object, root: Schema): unknown {
  const reference = "$ref" in schema ? schema["$ref"] : undefined;
  if (typeof reference !== "string" || !isObject(root["$defs"])) return undefined;
  return root["$defs"][reference.slice("#/$defs/".length)];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
