import { describe, expect, test } from "vitest";

import { compileGlob } from "./glob-pattern.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

describe("compileGlob", () => {
  test.for([
    ["*", "a.txt", true],
    ["*", "d/a.txt", false],
    ["*.txt", "a.txt", true],
    ["*.txt", "a.txt.bak", false],
    ["a*c", "ac", true],
    ["a*b*c", "axxbyyc", true],
    ["?", "a", true],
    ["?", "", false],
    ["?", "ab", false],
    ["?", "👋", true],
    ["[abc]", "b", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]", "b", false],
    ["[^a-c]", "z", true],
    ["[-a]", "-", true],
    ["[]]", "]", true],
    ["**", "a", true],
    ["**", "a/b/c", true],
    ["**/a", "a", true],
    ["**/a", "x/y/a", true],
    ["x/**/a", "x/a", true],
    ["x/**/a", "y/a", false],
    ["x/**", "x/y/z", true],
    ["x/**", "x", true],
    ["{a,b}.txt", "b.txt", true],
    ["{a,b}/{c,d}", "a/d", true],
    ["{a,}", "", true],
    ["a**b", "axb", true],
    ["a.txt", "aXtxt", false],
    ["(a|b)", "(a|b)", true],
  ] as const)("%s and %s: %s", ([pattern, path, expected]) => {
    expect(compileGlob(pattern)(path)).toBe(expected);
  });

  test.for(["[a", "{a", "a}", "{a,{b,c}}", "{a,b}".repeat(7)])("%s is refused", (pattern) => {
    expect(() => compileGlob(pattern)).toThrowError(expect.objectContaining({ code: "EXPRESSION_INVALID" }));
  });

  test("a pattern that would take a backtracking matcher for ever ends", () => {
    expect(compileGlob("*a".repeat(40))("a".repeat(250) + "b")).toBe(false);
    expect(compileGlob("**/a/".repeat(20) + "b")("a/".repeat(1000) + "c")).toBe(false);
  });
});
