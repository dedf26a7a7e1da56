import { describe, expect, test } from "vitest";

import { findTables } from "./find-tables.ts";
import { type TextPiece, toRows } from "./text-rows.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

/** Pieces of 10 points height; each letter is 5 points wide. */
const at = (x: number, y: number, text: string): TextPiece => ({
  text,
  x,
  y,
  width: text.length * 5,
  height: 10,
});
const tablesOf = (...pieces: readonly TextPiece[]) => findTables(toRows(pieces));

describe("toRows", () => {
  test("joins the pieces of a word and of a cell, whatever their order and small shifts in height", () => {
    const rows = toRows([
      at(30, 100.5, "lo"),
      at(20, 100, "he"),
      at(100, 99, "b"),
      at(43, 100, "you"),
      at(0, 50, "end"),
    ]);
    expect(rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([["helo you", "b"], ["end"]]);
  });
});

describe("findTables", () => {
  test("finds rows and columns, and empty cells where a row has none", () => {
    const found = tablesOf(
      at(0, 100, "Item"),
      at(100, 100, "Count"),
      at(200, 100, "Price"),
      at(0, 85, "Tea"),
      at(200, 85, "3.00"),
      at(0, 70, "Cake"),
      at(110, 70, "2"),
      at(205, 70, "5"),
    );
    expect(found).toEqual([
      [
        ["Item", "Count", "Price"],
        ["Tea", "", "3.00"],
        ["Cake", "2", "5"],
      ],
    ]);
  });

  test("keeps a row with a single cell inside, and leaves text above and below out", () => {
    const found = tablesOf(
      at(0, 130, "A title that reaches across all of the columns of it"),
      at(0, 100, "a"),
      at(100, 100, "b"),
      at(0, 85, "c"),
      at(0, 70, "d"),
      at(100, 70, "e"),
      at(0, 55, "and a closing line that reaches across the columns"),
    );
    expect(found).toEqual([
      [
        ["a", "b"],
        ["c", ""],
        ["d", "e"],
      ],
    ]);
  });

  test("parts tables that stand far from each other", () => {
    const found = tablesOf(
      at(0, 300, "a"),
      at(100, 300, "b"),
      at(0, 285, "c"),
      at(100, 285, "d"),
      at(0, 100, "e"),
      at(100, 100, "f"),
      at(0, 85, "g"),
      at(100, 85, "h"),
    );
    expect(found).toHaveLength(2);
  });

  test.for([
    ["prose", [at(0, 100, "one line of text"), at(0, 85, "and another one"), at(0, 70, "and a third")]],
    ["a single row", [at(0, 100, "a"), at(100, 100, "b")]],
    ["nothing", []],
  ] as const)("%s is no table", ([, pieces]) => {
    expect(tablesOf(...pieces)).toEqual([]);
  });
});
