import { stripVTControlCharacters } from "node:util";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { count, fit, padTo, showBytes, showDuration, visibleLines, widthOf } from "./text.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

describe("visibleLines", () => {
  test.for([
    ["\u001b[31mred\u001b[0m", ["\\u{1b}[31mred\\u{1b}[0m"]],
    ["a\rb", ["a\\u{d}b"]],
    ["safe\u202egnp.exe", ["safe\\u{202e}gnp.exe"]],
    ["zero\u200bwidth", ["zero\\u{200b}width"]],
    ["two\nlines", ["two", "lines"]],
  ] as const)("%j", ([text, lines]) => {
    expect(visibleLines(text)).toEqual(lines);
  });

  test("leaves nothing that moves a terminal's cursor", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const line of visibleLines(text)) {
          expect(line).toBe(stripVTControlCharacters(line));
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });
});

describe("width", () => {
  test.for([
    ["abc", 3],
    ["漢字", 4],
    ["e\u0301", 1],
    ["✅", 2],
  ] as const)("of %s is %i", ([text, width]) => {
    expect(widthOf(text)).toBe(width);
  });

  test("a fitted text is never wider, and whole where it fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const fitted = fit(text, width);
        expect(widthOf(fitted)).toBeLessThanOrEqual(width);
        if (widthOf(text) <= width) expect(fitted).toBe(text);
        expect(widthOf(padTo(fitted, width))).toBe(width);
      }),
    );
  });
});

test.for([
  [0, "0 ms"],
  [999, "999 ms"],
  [1500, "1.5 s"],
  [61_000, "1 min 1 s"],
  [3_720_000, "1 h 2 min"],
] as const)("%i ms is %s", ([ms, text]) => {
  expect(showDuration(ms)).toBe(text);
});

test.for([
  [12, "12 bytes"],
  [2048, "2.0 KiB"],
  [3 * 1024 ** 2, "3.0 MiB"],
  [5 * 1024 ** 3, "5.0 GiB"],
] as const)("%i bytes is %s", ([bytes, text]) => {
  expect(showBytes(bytes)).toBe(text);
});

test("counts in the singular and the plural", () => {
  expect([count(1, "entry", "entries"), count(2, "entry", "entries"), count(0, "step")]).toEqual([
    "1 entry",
    "2 entries",
    "0 steps",
  ]);
});
