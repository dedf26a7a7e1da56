import * as fc from "fast-check";
import { expect, test } from "vitest";

import { copyJson } from "./copy-json.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:validation");

test("plain JSON is copied all the way down", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const wellFormed = JSON.stringify(value).isWellFormed() && !JSON.stringify(value).includes("\\ud");
      fc.pre(wellFormed && !JSON.stringify(value).includes("__proto__"));
      const result = copyJson(value);
      expect(result).toEqual({ copy: value });
      if (typeof value === "object" && value !== null && "copy" in result)
        expect(result.copy).not.toBe(value);
    }),
  );
});

test("members that are undefined are left out, and holes become null", () => {
  expect(copyJson({ a: undefined, b: [undefined, 1], c: Array(1) })).toEqual({
    copy: { b: [null, 1], c: [null] },
  });
});

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
cyclic["other"] = cyclic;

test.for<[string, unknown, string, RegExp]>([
  ["a function", { a: { "b/c": () => 1 } }, "/a/b~1c", /is a function/],
  ["a bigint", [1n], "/0", /is a bigint/],
  ["NaN", { a: Number.NaN }, "/a", /is NaN/],
  ["a date", { a: new Date() }, "/a", /not a plain mapping/],
  ["a map", new Map(), "", /not a plain mapping/],
  ["a lone surrogate", { a: "\uD800" }, "/a", /half of a surrogate pair/],
  ["a prototype", JSON.parse('{"a": {"__proto__": 1}}'), "/a", /"__proto__"/],
  ["a cycle", cyclic, "/self", /more than 200 levels/],
])("%s is refused with its place", ([, value, at, message]) => {
  const result = copyJson(value);
  expect(result).toEqual({
    fault: { at: expect.stringMatching(`^${at}`), message: expect.stringMatching(message) },
  });
});

test("a mapping without a prototype is fine", () => {
  expect(copyJson(Object.assign(Object.create(null), { a: 1 }))).toEqual({ copy: { a: 1 } });
});
