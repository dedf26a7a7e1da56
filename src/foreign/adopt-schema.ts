import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { resolvePointer } from "./pointer.ts";

export type Schema = { readonly [keyword: string]: unknown };

export type AdoptOptions = {
  /** What references lead into. */
  readonly root: unknown;
  /** OpenAPI 3.0 has a dialect of its own; everything else is read as JSON Schema 2020-12. */
  readonly dialect: "openapi-3.0" | "2020-12";
  /** Fields that only one side may set are left out on the other. */
  readonly use: "input" | "output";
};

export type Adopted = { readonly schema: Schema; readonly notes: readonly string[] };

const MAX_DEPTH = 32;
/** Schemas inside schemas: as they are written, and with every reference counted as often as it is followed. */
const MAX_WRITTEN = 1500;
const MAX_FOLLOWED = 12_000;
const MAX_PROPERTIES = 500;
const MAX_ENUM = 300;
const MAX_DESCRIPTION = 300;

const RESERVED = ["__proto__", "constructor", "prototype", "<<"];
const NUMBERS = ["multipleOf", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"] as const;
const COUNTS = [
  "maxLength",
  "minLength",
  "maxItems",
  "minItems",
  "minContains",
  "maxContains",
  "maxProperties",
  "minProperties",
] as const;
const LISTS = ["allOf", "anyOf", "oneOf", "prefixItems"] as const;
const SINGLE = ["not", "if", "then", "else", "contains", "additionalProperties", "items"] as const;
const TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"];

/**
 * A schema of somebody else as one of ours: JSON Schema 2020-12 without anything that leads out of it. Keywords that
 * are not known are left out, references become definitions of its own, and one that leads back into itself is cut.
 *
 * @throws SPEC_INVALID for a reference to elsewhere, and for a schema that is too deep or too large
 */
export function adoptSchema(schema: unknown, { root, dialect, use }: AdoptOptions): Adopted {
  const notes = new Set<string>();
  const names = new Map<string, string>();
  const written: Record<string, Schema> = {};
  const sizes = new Map<string, number>();
  let count = 0;

  const adopt = (value: unknown, depth: number): Schema => {
    if (value === true || value === undefined) return {};
    if (value === false) return { not: {} };
    if (!isObject(value)) throw invalid("has a schema that is no object");
    if (depth > MAX_DEPTH) throw invalid(`has more than ${MAX_DEPTH} levels`);
    if (++count > MAX_WRITTEN) throw invalid(`is larger than ${MAX_WRITTEN} parts`);
    const reference = value["$ref"];
    if (reference === undefined) return adoptOwn(value, depth);
    if (typeof reference !== "string") throw invalid("has a $ref that is no text");
    const target = follow(reference);
    const { $ref: _, ...beside } = value;
    if (dialect === "openapi-3.0" || !hasMeaning(beside)) return target;
    return { allOf: [target, adoptOwn(beside, depth)] };
  };

  const follow = (reference: string): Schema => {
    const known = names.get(reference);
    const shown = quoted(reference.split("/").at(-1) ?? "", 60);
    if (known === OPEN) {
      notes.add(`${shown} refers to itself; what lies deeper is not checked`);
      return {};
    }
    if (known !== undefined) return { $ref: known };
    names.set(reference, OPEN);
    const found = adopt(resolvePointer(root, reference), 1);
    const size = sizeOf(found, sizes);
    if (size > MAX_FOLLOWED / 4) {
      notes.add(`${shown} is too large to be checked`);
      names.delete(reference);
      return {};
    }
    const name = nameFor(reference, written);
    written[name] = found;
    names.set(reference, `#/$defs/${name}`);
    sizes.set(`#/$defs/${name}`, size);
    return { $ref: `#/$defs/${name}` };
  };

  const adoptOwn = (value: Schema, depth: number): Schema => {
    const inside = (member: unknown): Schema => adopt(member, depth + 1);
    const own: Record<string, unknown> = {
      ...adoptType(value, dialect),
      ...adoptLimits(value, dialect, notes),
    };
    for (const keyword of LISTS) {
      const list = value[keyword];
      if (Array.isArray(list) && list.length > 0) own[keyword] = list.map(inside);
    }
    for (const keyword of SINGLE) {
      const member = value[keyword];
      if (keyword === "items" && Array.isArray(member)) own["prefixItems"] = member.map(inside);
      else if (typeof member === "boolean") own[keyword] = member;
      else if (isObject(member)) own[keyword] = inside(member);
    }
    if (isObject(value["properties"])) Object.assign(own, adoptProperties(value, use, inside));
    else if (Array.isArray(value["required"])) own["required"] = texts(value["required"]);
    if (isObject(value["patternProperties"])) {
      notes.add("patternProperties are not checked");
      delete own["additionalProperties"];
    }
    const isNullable = dialect === "openapi-3.0" && value["nullable"] === true;
    return isNullable && own["type"] === undefined ? { anyOf: [own, { type: "null" }] } : own;
  };

  const adopted = adopt(schema, 0);
  if (sizeOf(adopted, sizes) > MAX_FOLLOWED) throw invalid(`is larger than ${MAX_FOLLOWED} parts`);
  const used = usedBy(adopted, written);
  const defs = Object.keys(used).length === 0 ? {} : { $defs: used };
  return { schema: { ...adopted, ...defs }, notes: [...notes] };
}

const OPEN = "open";

/** Objects and lists, with every reference counted as often as it is followed. */
function sizeOf(value: unknown, sizes: ReadonlyMap<string, number>): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, member]) => sum + (key === "$ref" ? (sizes.get(String(member)) ?? 0) : sizeOf(member, sizes)),
    1,
  );
}

/** The definitions that something leads to; others were left behind where a larger one was cut. */
function usedBy(schema: Schema, written: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key !== "$ref" || typeof member !== "string") visit(member);
      else if (!used.has(member)) {
        used.add(member);
        visit(written[member.slice("#/$defs/".length)]);
      }
    }
  };
  visit(schema);
  return Object.fromEntries(Object.entries(written).filter(([name]) => used.has(`#/$defs/${name}`)));
}

function adoptType(value: Schema, dialect: AdoptOptions["dialect"]): Schema {
  const { type, enum: members, const: only, description, format, nullable } = value;
  const types = (Array.isArray(type) ? type : [type]).filter((each) => TYPES.includes(String(each)));
  const isNullable = dialect === "openapi-3.0" && nullable === true && types.length > 0;
  const all = isNullable ? [...types, "null"] : types;
  const values = Array.isArray(members) && members.length <= MAX_ENUM ? members : undefined;
  return {
    ...(all.length === 0 ? {} : { type: all.length === 1 ? all[0] : [...new Set(all)] }),
    ...(values === undefined || values.length === 0
      ? {}
      : { enum: isNullable && !values.includes(null) ? [...new Set(values), null] : [...new Set(values)] }),
    ...(only === undefined ? {} : { const: only }),
    ...(typeof description === "string" && description.trim() !== ""
      ? { description: quoted(description, MAX_DESCRIPTION) }
      : {}),
    ...(typeof format === "string" && /^[a-z0-9-]{1,40}$/i.test(format) ? { format } : {}),
  };
}

function adoptLimits(value: Schema, dialect: AdoptOptions["dialect"], notes: Set<string>): Schema {
  const limits: Record<string, unknown> = {};
  for (const keyword of NUMBERS) {
    const limit = value[keyword];
    if (typeof limit === "number" && (keyword !== "multipleOf" || limit > 0)) limits[keyword] = limit;
  }
  for (const keyword of COUNTS) {
    const limit = value[keyword];
    if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0) limits[keyword] = limit;
  }
  if (typeof value["uniqueItems"] === "boolean") limits["uniqueItems"] = value["uniqueItems"];
  const { pattern } = value;
  if (typeof pattern === "string") {
    if (pattern.length <= 500 && isPattern(pattern)) limits["pattern"] = pattern;
    else notes.add(`the pattern ${JSON.stringify(quoted(pattern, 60))} is not checked`);
  }
  if (dialect === "openapi-3.0")
    for (const [flag, limit] of [
      ["exclusiveMinimum", "minimum"],
      ["exclusiveMaximum", "maximum"],
    ] as const)
      if (value[flag] === true && typeof limits[limit] === "number") {
        limits[flag] = limits[limit];
        delete limits[limit];
      }
  return limits;
}

function adoptProperties(
  value: Schema,
  use: AdoptOptions["use"],
  inside: (member: unknown) => Schema,
): Schema {
  const entries = Object.entries(value["properties"] as Schema);
  if (entries.length > MAX_PROPERTIES) throw invalid(`has more than ${MAX_PROPERTIES} fields`);
  const other = use === "input" ? "readOnly" : "writeOnly";
  const own = entries.filter(([, member]) => !isObject(member) || member[other] !== true);
  const bad = own.find(([name]) => !isPlainName(name));
  if (bad !== undefined)
    throw invalid(`has the field ${JSON.stringify(quoted(bad[0], 60))}, which is no plain name`);
  const required = texts(value["required"]).filter((name) => {
    const member = (value["properties"] as Schema)[name];
    return !isObject(member) || member[other] !== true;
  });
  return {
    properties: Object.fromEntries(own.map(([name, member]) => [name, inside(member)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** Whether a name of a field can be shown, stored and sent as it is. */
export function isPlainName(name: string): boolean {
  return name.length <= 128 && !RESERVED.includes(name) && quoted(name, 200) === name;
}

function hasMeaning(beside: Schema): boolean {
  const silent = [
    "description",
    "title",
    "summary",
    "default",
    "example",
    "examples",
    "$comment",
    "deprecated",
  ];
  return Object.keys(beside).some((keyword) => !silent.includes(keyword) && !keyword.startsWith("x-"));
}

function nameFor(reference: string, written: Readonly<Record<string, Schema>>): string {
  const plain =
    (reference.split("/").at(-1) ?? "").replaceAll(/[^A-Za-z0-9_.-]/g, "_").slice(0, 60) || "part";
  let name = plain;
  for (let number = 2; Object.hasOwn(written, name) || name === "__proto__"; number++)
    name = `${plain}_${number}`;
  return name;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.filter((each) => typeof each === "string"))] : [];
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

function invalid(message: string): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `A schema ${message}.`);
}
