import { isObject } from "../contract/json.ts";

type Schema = Readonly<Record<string, unknown>>;

const BY_NAME: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "dependentSchemas",
]);
const LISTS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const SINGLE: ReadonlySet<string> = new Set([
  "items",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
]);

/**
 * The same schema as every client and model takes it: `{}` where it says `true`, and without `x-mcp-header`: arguments
 * stay out of headers, which end up in logs.
 */
export function portable(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => keyword !== "x-mcp-header")
      .map(([keyword, value]) => [keyword, portableValue(keyword, value)]),
  );
}

function portableValue(keyword: string, value: unknown): unknown {
  if (BY_NAME.has(keyword) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, portableSchema(each)]));
  if (LISTS.has(keyword) && Array.isArray(value)) return value.map(portableSchema);
  if (SINGLE.has(keyword)) return portableSchema(value);
  // `additionalProperties: false` is what everybody writes.
  return isObject(value) && keyword === "additionalProperties" ? portable(value) : value;
}

function portableSchema(schema: unknown): unknown {
  if (schema === true) return {};
  return isObject(schema) ? portable(schema) : schema;
}
