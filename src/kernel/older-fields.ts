import type { z } from "zod";

import type { ObjectSchema } from "../contract/capability.ts";
import { suggest } from "../contract/nearest.ts";
import { type Path, showValue } from "../contract/spec-problems.ts";
import type { OlderField } from "./older-shapes.ts";

const TYPES: Readonly<Record<string, string>> = {
  string: "string",
  str: "string",
  integer: "integer",
  int: "integer",
  number: "number",
  float: "number",
  boolean: "boolean",
  bool: "boolean",
  array: "array",
  list: "array",
  object: "object",
  dict: "object",
  any: "any",
};

/** JSON Schema of the fields of an older interface. `at` tells where a field stands. */
export function schemaOfFields(
  fields: Readonly<Record<string, OlderField>>,
  at: Path | ((name: string) => Path),
  report: (path: Path, message: string) => void,
): z.output<typeof ObjectSchema> {
  const properties: Record<string, Record<string, unknown>> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const path = typeof at === "function" ? at(name) : [...at, name];
    const type = Object.hasOwn(TYPES, field.type) ? TYPES[field.type] : undefined;
    if (type === undefined)
      report(
        [...path, "type"],
        `"${field.type}" is not a known type${suggest(field.type, Object.keys(TYPES))}`,
      );
    // The older runtime wrote `default: null` for "none".
    const preset = field.default ?? undefined;
    if (type !== undefined && preset !== undefined && !isOfType(preset, type))
      report([...path, "default"], `must be of the type ${type} (got ${showValue(preset)})`);
    properties[name] = {
      ...(type === undefined || type === "any" ? {} : { type }),
      ...(field.description === "" ? {} : { description: field.description }),
      ...(preset === undefined ? {} : { default: preset }),
      ...(field.enum === undefined ? {} : { enum: field.enum }),
      ...(field.sensitive ? { "x-sensitive": true } : {}),
    };
    if (field.required ?? preset === undefined) required.push(name);
  }
  return { type: "object", properties, required };
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "any":
      return true;
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
