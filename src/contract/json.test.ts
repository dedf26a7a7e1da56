import canonicalize from "canonicalize";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { canonicalJson } from "./json.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:canonical");

test("is what another implementation of RFC 8785 makes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(value)).toBe(canonicalize(value));
    }),
    { numRuns: 1000 },
  );
});

test("RFC 8785 §3.2.3: keys are sorted by UTF-16 code units", () => {
  const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 };
  expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual([4, 2, 6, 7, 1, 5, 3]);
});

test.for([
  ["a member that is undefined is left out", { a: undefined, b: 1 }, '{"b":1}'],
  ["in a list it is null", [undefined], "[null]"],
  ["a text may look like an escape", { b: "\\ud800", a: ["\\ude00"] }, '{"a":["\\\\ude00"],"b":"\\\\ud800"}'],
  [
    "what has a prototype of its own is its members",
    {
      b: new Date(0),
      a: new (class {
        z = 1;
        y = 2;
      })(),
    },
    '{"a":{"y":2,"z":1},"b":{}}',
  ],
  ["no member is a method", { toJSON: "x", a: { toJSON: 1 } }, '{"a":{"toJSON":1},"toJSON":"x"}'],
  [
    "a member may be named __proto__",
    JSON.parse('{"b":1,"__proto__":{"d":1,"c":2}}'),
    '{"__proto__":{"c":2,"d":1},"b":1}',
  ],
  ["what lies in a list is in order too", [{ b: 1, a: 2 }, 3, { a: 1 }], '[{"a":2,"b":1},3,{"a":1}]'],
  ["numbers are those of ECMAScript", [1e21, 1e-7, -0, 0.1], "[1e+21,1e-7,0,0.1]"],
] as const)("%s", ([, value, text]) => {
  expect(canonicalJson(value)).toBe(text);
});

test.for([
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [1n],
  ["\ud800"],
  [{ "\udc00": 1 }],
  [{ a: [{ b: Number.NaN }] }],
  [() => {}],
] as const)("%s has no canonical form", ([value]) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});
