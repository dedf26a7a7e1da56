import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { checkPattern, countPaths } from "./pattern-cost.ts";

verifies("stdlib:hostile");

test.for<[string, number]>([
  ["abc", 1],
  ["ab?c", 2],
  ["a?b?", 4],
  ["a|b|c", 3],
  ["(?:a|b)(c|d)", 4],
  ["(?:a|b)?c", 3],
  ["[a?|]\\?\\|", 1],
  ["a*b+", 1],
  ["a{0,2}", 4],
  ["(?:a|b){3}", 8],
  ["(?:a|b){2,}", 9],
  ["(?:a|b){0}", 1],
  ["\\bx", 4],
  ["(?<n>a|b)(?=c|d)\\u{41}", 4],
])("%s can be walked through in %i ways", ([pattern, expected]) => {
  expect(countPaths(pattern)).toBe(expected);
});

const nested = (levels: number, inner: string, quantifier: string) =>
  `${"(?:".repeat(levels)}${inner}${`)${quantifier}`.repeat(levels)}`;

test.for<[string, string]>([
  ["ways", "a?".repeat(21)],
  ["ways that are beyond counting", `${"a?".repeat(40)}${nested(12, "b", "{0,3}")}`],
  ["ways that are then not gone", `(?:${"a?".repeat(60)}){0}`],
  ["levels", nested(101, "a", "+")],
  ["levels that capture", "(".repeat(101) + ")".repeat(101)],
])("a pattern with too many %s is refused", ([, pattern]) => {
  expect(() => checkPattern(pattern, "it")).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED", message: expect.stringMatching(/^it /) }),
  );
});

test.for(["a?".repeat(20), nested(100, "a", "+"), "\\(".repeat(500), "[(]".repeat(500), ")", "("])(
  "%s is not refused",
  (pattern) => {
    expect(() => checkPattern(pattern, "it")).not.toThrow();
  },
);
