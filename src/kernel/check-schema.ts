import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";

const MAX_DEPTH = 64;
/** Schemas inside schemas, with every reference counted as often as it is followed. */
const MAX_SIZE = 20_000;
const MAX_PATTERN = 1000;
const REFUSED = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"];
const DEFINITION = /^#\/\$defs\/([^/~%]+)$/;

/**
 * Refuses what an author of a schema could harm the runtime with: references to elsewhere or to themselves, and
 * references that multiply.
 *
 * @throws SPEC_INVALID
 */
export function checkSchema(schema: Readonly<Record<string, unknown>>): void {
  const definitions = isObject(schema["$defs"]) ? schema["$defs"] : {};
  const sizes = new Map<string, number | "open">();

  const sizeOf = (value: unknown, depth: number): number => {
    if (depth > MAX_DEPTH) throw invalid(`has more than ${MAX_DEPTH} levels`);
    if (typeof value !== "object" || value === null) return 0;
    let size = 1;
    for (const [key, member] of Object.entries(value)) {
      if (REFUSED.includes(key) && typeof member === "string")
        throw invalid(`uses ${key}, which is not supported`);
      if (key === "pattern" && typeof member === "string" && member.length > MAX_PATTERN)
        throw invalid("has a pattern that is too long");
      size +=
        key === "$ref" && typeof member === "string" ? sizeOfReference(member) : sizeOf(member, depth + 1);
    }
    if (size > MAX_SIZE) throw invalid(`is larger than ${MAX_SIZE} parts`);
    return size;
  };

  const sizeOfReference = (reference: string): number => {
    const name = DEFINITION.exec(reference)?.[1];
    if (name === undefined || !Object.hasOwn(definitions, name))
      throw invalid(`has the $ref "${reference}"; only "#/$defs/NAME" of the same schema is supported`);
    const known = sizes.get(name);
    if (known === "open") throw invalid(`has the $ref "${reference}", which refers to itself`);
    if (known !== undefined) return known;
    sizes.set(name, "open");
    const size = sizeOf(definitions[name], 0);
    sizes.set(name, size);
    return size;
  };

  sizeOf(schema, 0);
}

function invalid(message: string): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `A schema ${message}.`);
}
