import { expect, test } from "vitest";

import { foldLines, shorten, visible } from "./consent.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics", "governance:handshake");

test.for<[string, string, string]>([
  ["a right-to-left override", "a\u202Etxt.exe", "a\\u{202e}txt.exe"],
  ["a zero-width space", "a\u200Bb", "a\\u{200b}b"],
  ["an escape sequence", "\u001B[2J", "\\u{1b}[2J"],
  ["a line break that would forge a line", "x\n  to = eve", "x\\u{a}  to = eve"],
  ["a tag beyond the first plane", "a\u{E0041}", "a\\u{e0041}"],
  ["a line separator", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
  ["half a character", "a\uD800", "a\\u{d800}"],
  ["a selector of variants", "a\uFE0F", "a\\u{fe0f}"],
  ["a filler that is taken for a letter", "a\u3164b", "a\\u{3164}b"],
  ["a braille blank", "a\u2800b", "a\\u{2800}b"],
  ["a space that does not break", "rm\u00A0-rf", "rm\\u{a0}-rf"],
  ["a tower of accents", `a${"\u0301".repeat(6)}`, `a${"\u0301".repeat(4)}\\u{301}\\u{301}`],
  ["a wide space, which is seen", "报告\u3000一", "报告\u3000一"],
])("%s is made visible", ([, text, shown]) => {
  expect(visible(text)).toBe(shown);
});

test("what is too long keeps its head and its tail, and says how long it is", () => {
  const cut = shorten(`${"a".repeat(100)}!`, 40, (length) => `${length} characters`);
  expect(cut).toBe(`${"a".repeat(30)} … ${"a".repeat(9)}! (101 characters)`);
  expect(shorten("😀".repeat(40), 40, String)).toBe("😀".repeat(40));
});

test.for<[string, readonly string[], number, readonly string[]]>([
  [
    "a thousand empty lines",
    ["a", ...Array<string>(1000).fill(""), "rm -rf"],
    60,
    ["a", "… 1000 empty lines", "rm -rf"],
  ],
  ["empty lines of a diff", ["+", "+ ", "+\t", "+x"], 60, ["… 3 empty lines", "+x"]],
  ["one or two", ["a", "", "b", "", "", "c"], 60, ["a", "", "b", "", "", "c"]],
  [
    "too many lines",
    Array.from({ length: 100 }, (_, index) => String(index)),
    8,
    ["0", "1", "2", "3", "4", "5", "… 92 more lines", "98", "99"],
  ],
])("%s can push nothing out of sight", ([, lines, most, folded]) => {
  expect(foldLines(lines, most)).toEqual(folded);
});
