import { expect, test } from "vitest";

import { renderTable } from "./render-table.ts";
import { widthOf } from "./text.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const plain = (text: string) => text;

test("aligns columns by their width on a terminal", () => {
  const rows = [
    ["漢字", "x"],
    ["a", "y"],
  ];
  expect(renderTable({ columns: ["NAME", "B"], rows }, Infinity, plain)).toEqual([
    "NAME  B",
    "漢字  x",
    "a     y",
  ]);
});

test("cuts the widest columns to what fits", () => {
  const rows = [["short", "w".repeat(100), "v".repeat(90)]];
  const lines = renderTable({ columns: ["A", "B", "C"], rows }, 60, plain);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(60);
  expect(lines[1]).toMatch(/^short {2}w+… {2}v+…$/);
});

test("does not cut below what can be read", () => {
  const [, row] = renderTable({ columns: ["A", "B"], rows: [["a".repeat(30), "b".repeat(30)]] }, 5, plain);
  expect(row).toBe("aaaaaaa…  bbbbbbb…");
});
