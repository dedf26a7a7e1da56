import * as fc from "fast-check";
import { expect, test } from "vitest";

import { boundedRegExp } from "./bounded-regexp.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:validation");

test.for<[string, string, boolean]>([
  ["^a+$", "aaa", true],
  ["^a+$", "aab", false],
  ["^(ab)+$", "abab", true],
  ["^(a)\\1$", "aa", true],
  ["^\\p{L}+$", "äö", true],
  ["^.*$", "x".repeat(5000), true],
])("%s matches %s: %s", ([pattern, text, expected]) => {
  expect(boundedRegExp(pattern, "u").test(text)).toBe(expected);
});

test.for<[string, string]>([
  ["^(a+)+$", `${"a".repeat(60)}b`],
  ["^(a|aa)*$", `${"a".repeat(60)}b`],
  ["^(?:a*)*(?:a*)*b$", "a".repeat(100)],
  ["^(a*)*\\1b$", "a".repeat(60)],
  [`${"a?".repeat(40)}${"a".repeat(41)}`, "a".repeat(40)],
])("%s is stopped", ([pattern, text]) => {
  expect(() => boundedRegExp(pattern, "u").test(text)).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
  );
});

test("what is no pattern is refused", () => {
  expect(() => boundedRegExp("(", "u")).toThrow(SyntaxError);
});

test("it answers like RegExp", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", ".", "(a|b)", "a?", "b{1,2}", "[ab]", "(?:ab)*"), { maxLength: 5 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab]{0,10}$/), (source, text) => {
      expect(boundedRegExp(source, "u").test(text)).toBe(new RegExp(source, "u").test(text));
    }),
  );
});
