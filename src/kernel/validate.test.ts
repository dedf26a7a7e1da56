import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { CapabilitySpec } from "../contract/capability.ts";
import { findAssets } from "./assets.ts";
import { createRegistry } from "./registry.ts";
import { compileValidator, parseInputs, parseOutputs, sensitivePointers } from "./validate.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:validation");

function specWith(inputs: object, outputs: object = {}): CapabilitySpec {
  return CapabilitySpec.parse({
    id: "data.test.run",
    version: "1.0.0",
    name: "Test",
    description: "A test.",
    operation: "READ",
    risk: { level: "LOW", justification: "None." },
    side_effects: ["read_only"],
    undo: { kind: "none" },
    inputs: { type: "object", ...inputs },
    outputs: { type: "object", ...outputs },
  });
}

const SPEC = specWith(
  {
    properties: {
      path: { type: "string", minLength: 1, maxLength: 10 },
      mode: { type: "string", enum: ["a", "b"], default: "a" },
      count: { type: "integer", minimum: 1 },
      code: { type: "string", pattern: "^x+$" },
      fixed: { const: 7 },
      many: { type: ["string", "null"] },
      nested: {
        type: "object",
        properties: {
          deep: { type: "boolean", default: true },
          token: { type: "string", "x-sensitive": true, maxLength: 3 },
        },
        additionalProperties: false,
      },
      secret: { type: "string", "x-sensitive": true, enum: ["s1"] },
      when: { type: "string", format: "date-time" },
    },
    required: ["path"],
  },
  { properties: { size: { type: "integer" } }, required: ["size"] },
);

test("defaults are filled into a copy", () => {
  const given = { path: "p", nested: {} };
  const values = parseInputs(SPEC, given);
  expect(values).toEqual({ path: "p", mode: "a", nested: { deep: true } });
  expect(given).toEqual({ path: "p", nested: {} });
  expect(parseOutputs(SPEC, { size: 1 })).toEqual({ size: 1 });
});

describe("what does not match is named with its value", () => {
  test.for<[Record<string, unknown>, string]>([
    [{}, "inputs.path is missing"],
    [{ path: 5 }, "inputs.path must be string (got 5)"],
    [{ path: "" }, 'inputs.path must NOT have fewer than 1 characters (got "")'],
    [{ path: "p", pth: 1 }, 'inputs.pth is not a known field; did you mean "path"?'],
    [{ path: "p", mode: "c" }, 'inputs.mode must be one of "a", "b" (got "c")'],
    [{ path: "p", count: "1" }, 'inputs.count must be integer (got "1")'],
    [{ path: "p", count: 0 }, "inputs.count must be >= 1 (got 0)"],
    [{ path: "p", fixed: 8 }, "inputs.fixed must be 7 (got 8)"],
    [{ path: "p", many: 1 }, "inputs.many must be string,null (got 1)"],
    [{ path: "p", code: "y" }, 'inputs.code must match pattern "^x+$" (got "y")'],
    [{ path: "p", "a/b": 1 }, "inputs.a/b is not a known field"],
    [{ path: "p", nested: { other: 1 } }, "inputs.nested.other is not a known field"],
    [{ path: "p", count: Number.NaN }, "inputs.count is NaN, which JSON cannot hold"],
    [{ path: "p", secret: "hidden" }, 'inputs.secret must be one of "s1" (the value is secret)'],
    [
      { path: "p", nested: { token: "hidden" } },
      "inputs.nested.token must NOT have more than 3 characters (the value is secret)",
    ],
    [{ path: "p", nested: [{ token: "hidden" }] }, "inputs.nested must be object (the value is secret)"],
  ])("%j", ([inputs, message]) => {
    expect(() => parseInputs(SPEC, inputs)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: `The inputs of data.test.run are not valid: ${message}.`,
      }),
    );
    expect(() => parseInputs(SPEC, inputs)).not.toThrow("hidden");
  });

  test("all at once, in the message and in the details; of very many the first ten", () => {
    expect(() => parseInputs(SPEC, { count: 0, mode: 1 })).toThrow(
      expect.objectContaining({
        details: expect.arrayContaining([
          { path: "inputs.path", message: "is missing" },
          { path: "inputs.count", message: "must be >= 1 (got 0)" },
        ]),
      }),
    );
    const unknown = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`unknown_${i}`, 1]));
    expect(() => parseInputs(SPEC, { path: "p", ...unknown })).toThrow(/; and 20 more\.$/);
  });

  test("outputs that break the contract are the handler's fault", () => {
    expect(() => parseOutputs(SPEC, { size: "big", more: 1 })).toThrow(
      expect.objectContaining({
        code: "OUTPUT_INVALID",
        message:
          'The outputs of data.test.run break its contract: outputs.more is not a known field; outputs.size must be integer (got "big").',
      }),
    );
  });
});

test("the schema may allow other fields itself", () => {
  expect(parseInputs(specWith({ additionalProperties: { type: "number" } }), { a: 1 })).toEqual({ a: 1 });
  expect(() => parseInputs(specWith({ additionalProperties: { type: "number" } }), { a: "x" })).toThrow(
    "inputs.a must be number",
  );
  expect(() => parseInputs(specWith({ unevaluatedProperties: false }), { a: 1 })).toThrow(
    "inputs.a is not a known field",
  );
});

test("what one of several alternatives asks for is marked as such", () => {
  const validate = compileValidator({
    type: "object",
    properties: { a: {}, b: {} },
    anyOf: [{ required: ["a"] }, { required: ["b"] }],
  });
  const result = validate({});
  expect("mismatches" in result && result.mismatches.map(({ at, kind }) => [at, kind])).toEqual([
    ["/a", "alternative"],
    ["/b", "alternative"],
    ["", "alternative"],
  ]);
  expect(validate({ b: 1 })).toEqual({ values: { b: 1 } });

  const closed = compileValidator({
    type: "object",
    properties: { a: { anyOf: [{ type: "null" }, { type: "object", additionalProperties: false }] } },
  });
  const found = closed({ a: { x: 1 }, y: 1 });
  expect("mismatches" in found && found.mismatches.map(({ at, kind }) => [at, kind])).toEqual(
    expect.arrayContaining([
      ["/a/x", "alternative"],
      ["/y", "unknown"],
    ]),
  );
});

test("each schema has its own patterns", () => {
  const isValid = ["^x$", "^y$", "^x"].map((pattern) => {
    const validate = compileValidator({ type: "object", properties: { a: { type: "string", pattern } } });
    return "values" in validate({ a: "x" });
  });
  expect(isValid).toEqual([true, false, true]);
});

test("a pattern that takes too long is a mismatch, not an endless wait", () => {
  const spec = specWith({ properties: { text: { type: "string", pattern: "^(a+)+$" } } });
  expect(parseInputs(spec, { text: "aaa" })).toEqual({ text: "aaa" });
  expect(() => parseInputs(spec, { text: `${"a".repeat(60)}b` })).toThrow(
    expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringContaining("took longer") }),
  );
});

const tree = (depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [
      `d${i}`,
      { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
    ]),
  );

describe("a harmful schema is refused", () => {
  test.for<[string, object, RegExp]>([
    [
      "a reference to elsewhere",
      { properties: { a: { $ref: "https://example.com/x.json" } } },
      /only "#\/\$defs\/NAME"/,
    ],
    [
      "a reference to a file",
      { properties: { a: { $ref: "other.json#/$defs/x" } } },
      /only "#\/\$defs\/NAME"/,
    ],
    ["a reference to nothing", { properties: { a: { $ref: "#/$defs/x" } } }, /only "#\/\$defs\/NAME"/],
    [
      "a reference to a prototype",
      { $defs: {}, properties: { a: { $ref: "#/$defs/constructor" } } },
      /only "#\/\$defs\/NAME"/,
    ],
    [
      "a reference to itself",
      {
        $defs: { x: { properties: { y: { $ref: "#/$defs/x" } } } },
        properties: { a: { $ref: "#/$defs/x" } },
      },
      /refers to itself/,
    ],
    [
      "references that multiply",
      { $defs: { ...tree(20), d20: {} }, properties: { a: { $ref: "#/$defs/d0" } } },
      /larger than/,
    ],
    ["an id of its own", { $id: "https://example.com/x" }, /\$id/],
    ["a dynamic reference", { properties: { a: { $dynamicRef: "#x" } } }, /\$dynamicRef/],
    ["a pattern without bounds", { properties: { a: { pattern: "a".repeat(2000) } } }, /too long/],
    ["a pattern that is none", { properties: { a: { type: "string", pattern: "(" } } }, /not valid/],
    ["an unknown keyword", { properties: { a: { tpye: "string" } } }, /tpye/],
    ["an unknown type", { properties: { a: { type: "text" } } }, /not valid/],
  ])("%s", ([, schema, message]) => {
    expect(() => parseInputs(specWith(schema), {})).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", message: expect.stringMatching(message) }),
    );
  });

  test("one that is too deep", () => {
    let schema: object = { type: "string" };
    for (let level = 0; level < 100; level++) schema = { items: schema };
    expect(() => parseInputs(specWith({ properties: { a: schema } }), {})).toThrow("more than 64 levels");
  });

  test("references inside it are fine", () => {
    const spec = specWith({
      $defs: { name: { type: "string" } },
      properties: { a: { $ref: "#/$defs/name" }, b: { $ref: "#/$defs/name" } },
    });
    expect(() => parseInputs(spec, { a: "x", b: 1 })).toThrow("inputs.b must be string (got 1)");
  });
});

test.for<[object, string[]]>([
  [{ properties: { a: { "x-sensitive": true }, b: { "x-sensitive": false } } }, ["/a"]],
  [{ properties: { "a/b": { properties: { "c~d": { "x-sensitive": true } } } } }, ["/a~1b/c~0d"]],
  [{ properties: { list: { items: { properties: { key: { "x-sensitive": true } } } } } }, ["/list"]],
  [{ properties: { map: { additionalProperties: { "x-sensitive": true } } } }, ["/map"]],
  [{ properties: { map: { patternProperties: { "^x": { "x-sensitive": true } } } } }, ["/map"]],
  [
    {
      anyOf: [{ properties: { a: { "x-sensitive": true } } }, { properties: { b: { "x-sensitive": true } } }],
    },
    ["/a", "/b"],
  ],
  [
    {
      $defs: { key: { "x-sensitive": true } },
      properties: { a: { $ref: "#/$defs/key" }, l: { items: { $ref: "#/$defs/key" } } },
    },
    ["/a", "/l"],
  ],
  [{ if: { properties: { a: {} } }, else: { properties: { b: { "x-sensitive": true } } } }, ["/b"]],
  [{ properties: { a: { type: "string" } } }, []],
])("secrets of %j", ([schema, pointers]) => {
  expect(sensitivePointers({ type: "object", ...schema })).toEqual(pointers);
  expect(sensitivePointers({ type: "object", ...schema }, "/inputs")).toEqual(
    pointers.map((pointer) => `/inputs${pointer}`),
  );
});

test("the schemas of the package's own contracts, which are not checked again, hold against the meta-schema", () => {
  const shipped = createRegistry({ assets: findAssets({}), handlers: {} }).capabilities();
  expect(shipped.length).toBeGreaterThan(40);
  for (const { spec } of shipped) {
    // Copies: no mark of an earlier load is on them.
    expect(() => compileValidator({ ...spec.inputs }), spec.id).not.toThrow();
    expect(() => compileValidator({ ...spec.outputs }), spec.id).not.toThrow();
  }
});

test("the same schema gives the same validator", () => {
  expect(compileValidator(SPEC.inputs)).toBe(compileValidator(SPEC.inputs));
});

test("whatever the inputs, the answer is values or INPUT_INVALID, and the inputs stay as they were", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("path", "mode", "count", "nested", "x", "__proto__"), fc.jsonValue()),
      (inputs) => {
        const before = JSON.stringify(inputs);
        try {
          expect(parseInputs(SPEC, inputs)["mode"]).toMatch(/^[ab]$/);
        } catch (error) {
          expect(error).toMatchObject({ code: "INPUT_INVALID" });
        }
        expect(JSON.stringify(inputs)).toBe(before);
      },
    ),
  );
});
