import {
  array,
  assert,
  constant,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { describe, expect, test } from "vitest";

import { checkSchema } from "../kernel/check-schema.ts";
import { compileValidator } from "../kernel/validate.ts";
import { type AdoptOptions, adoptSchema } from "./adopt-schema.ts";
import { verifies } from "../../test/requirements.ts";

verifies("import:derived", "import:hostile");

const adopt = (schema: unknown, more: Partial<AdoptOptions> = {}) =>
  adoptSchema(schema, { root: schema, dialect: "2020-12", use: "input", ...more });

const nested = (levels: number) => {
  let schema: unknown = {};
  for (let level = 0; level < levels; level++) schema = { items: schema };
  return schema;
};
const doubled = (levels: number) => ({
  $ref: "#/$defs/d0",
  $defs: Object.fromEntries(
    Array.from({ length: levels }, (_, n) => [
      `d${n}`,
      n + 1 < levels
        ? { properties: { l: { $ref: `#/$defs/d${n + 1}` }, r: { $ref: `#/$defs/d${n + 1}` } } }
        : {},
    ]),
  ),
});

describe("what is kept", () => {
  test.for<[string, unknown, unknown]>([
    ["a draft-07 schema without its $schema", { $schema: "x", type: "string" }, { type: "string" }],
    [
      "unknown keywords left out",
      { type: "string", "x-evil": 1, $id: "http://e", example: 1 },
      { type: "string" },
    ],
    ["true and false", { properties: { a: true, b: false } }, { properties: { a: {}, b: { not: {} } } }],
    ["a tuple of older drafts", { items: [{ type: "string" }] }, { prefixItems: [{ type: "string" }] }],
    ["no defaults", { type: "string", default: "x" }, { type: "string" }],
    ["a description on one line, visible", { description: "a\n b\u202E" }, { description: "a b\\u{202e}" }],
    ["a pattern that is none left out", { pattern: "(?P<a>" }, {}],
    ["no types but the seven", { type: ["string", "file"] }, { type: "string" }],
    ["limits that are numbers", { minLength: -1, maxLength: 1.5, maximum: "9", minimum: 0 }, { minimum: 0 }],
  ])("%s", ([, schema, expected]) => {
    expect(adopt(schema).schema).toEqual(expected);
  });

  test.for<[string, unknown, unknown]>([
    ["nullable", { type: "string", nullable: true }, { type: ["string", "null"] }],
    [
      "nullable with an enum",
      { type: "string", nullable: true, enum: ["a"] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [
      "nullable of a composition",
      { nullable: true, allOf: [{ type: "string" }] },
      { anyOf: [{ allOf: [{ type: "string" }] }, { type: "null" }] },
    ],
    [
      "exclusive limits",
      { minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
      { exclusiveMinimum: 1, maximum: 9 },
    ],
  ])("OpenAPI 3.0: %s", ([, schema, expected]) => {
    expect(adopt(schema, { dialect: "openapi-3.0" }).schema).toEqual(expected);
  });

  test("fields that only the other side sets are left out, and need not be there", () => {
    const schema = {
      type: "object",
      properties: { id: { type: "string", readOnly: true }, secret: { type: "string", writeOnly: true } },
      required: ["id", "secret"],
    };
    expect(adopt(schema).schema).toMatchObject({ properties: { secret: {} }, required: ["secret"] });
    expect(adopt(schema, { use: "output" }).schema).toMatchObject({
      properties: { id: {} },
      required: ["id"],
    });
  });
});

describe("references", () => {
  test("become definitions of its own, each once", () => {
    const root = {
      properties: { a: { $ref: "#/definitions/A~1b" }, c: { $ref: "#/definitions/A~1b", title: "C" } },
      definitions: { "A/b": { type: "string" } },
    };
    expect(adopt(root).schema).toEqual({
      properties: { a: { $ref: "#/$defs/A_1b" }, c: { $ref: "#/$defs/A_1b" } },
      $defs: { A_1b: { type: "string" } },
    });
  });

  test("beside other keywords both count, as 2020-12 has it, and OpenAPI 3.0 not", () => {
    const schema = { $ref: "#/$defs/a", minLength: 2, $defs: { a: { type: "string" } } };
    expect(adopt(schema).schema).toMatchObject({ allOf: [{ $ref: "#/$defs/a" }, { minLength: 2 }] });
    expect(adopt(schema, { dialect: "openapi-3.0" }).schema).toMatchObject({ $ref: "#/$defs/a" });
  });

  test.for<[string, unknown]>([
    ["itself", { $ref: "#" }],
    ["its parent", { properties: { child: { $ref: "#" } } }],
    [
      "a ring",
      {
        $ref: "#/$defs/a",
        $defs: { a: { items: { $ref: "#/$defs/b" } }, b: { items: { $ref: "#/$defs/a" } } },
      },
    ],
  ])("to %s are cut, and that is told", ([, schema]) => {
    const { schema: adopted, notes } = adopt(schema);
    expect(notes.join()).toContain("refers to itself");
    expect(() => checkSchema(adopted)).not.toThrow();
  });

  test.for<[string, unknown, string]>([
    ["another machine", { $ref: "https://evil.example/schema.json" }, "leads out of the document"],
    ["a file", { $ref: "file:///etc/passwd#/a" }, "leads out of the document"],
    ["a metadata address", { $ref: "//169.254.169.254/a" }, "leads out of the document"],
    ["an anchor", { $ref: "#anchor" }, "leads out of the document"],
    ["nothing", { $ref: "#/$defs/none" }, "leads nowhere"],
    ["the prototype", { $ref: "#/__proto__/polluted" }, "leads nowhere"],
    ["a number", { $ref: 7 }, "that is no text"],
  ])("to %s are refused", ([, schema, message]) => {
    expect(() => adopt(schema)).toThrow(message);
  });
});

describe("bombs", () => {
  test.for<[string, unknown, string]>([
    ["a deep one", nested(100_000), "more than 32 levels"],
    ["a wide one", { allOf: Array.from({ length: 5000 }, () => ({})) }, "larger than 1500 parts"],
    [
      "one of many fields",
      { properties: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`f${n}`, {}])) },
      "more than 500 fields",
    ],
    ["a field that nobody sees", { properties: { "a\u200Bb": {} } }, "no plain name"],
    ["a field that no file may hold", JSON.parse('{"properties":{"__proto__":{}}}'), "no plain name"],
    ["a list in place of a schema", [], "no object"],
  ])("%s is refused", ([, schema, message]) => {
    expect(() => adopt(schema)).toThrow(message);
  });

  test("references that double at each level are cut before they grow", () => {
    const { schema, notes } = adopt(doubled(40));
    expect(notes.join()).toContain("too large to be checked");
    expect(() => checkSchema(schema)).not.toThrow();
  });
});

test("whatever is adopted can be compiled, and harms nobody", () => {
  const leaf = constantFrom(
    {},
    { type: "string" },
    { enum: [1, 1, "a"] },
    { $ref: "#/$defs/a" },
    { pattern: "[" },
    true,
  );
  const { schema } = letrec<{ schema: unknown }>((tie) => ({
    schema: oneof(
      { depthSize: "small" },
      leaf,
      record({
        type: constant("object"),
        properties: dictionary(string({ maxLength: 5 }), tie("schema"), { maxKeys: 3 }),
      }),
      record({ items: tie("schema"), minItems: integer() }),
      record({ anyOf: array(tie("schema"), { maxLength: 3 }) }),
    ),
  }));
  assert(
    property(schema, (inner) => {
      const root = { type: "object", properties: { inner }, $defs: { a: { items: { $ref: "#/$defs/a" } } } };
      let adopted;
      try {
        adopted = adopt(root).schema;
      } catch (error) {
        expect(String(error)).toMatch(/plain name/);
        return;
      }
      compileValidator(adopted)({ inner: "x" });
    }),
    { numRuns: 60 },
  );
});
