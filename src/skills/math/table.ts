import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import { parseJsonText } from "../json-text.ts";
import type { Cell } from "./formula.ts";

export type Table = { readonly columns: Map<string, Cell[]>; readonly rows: number };

/**
 * The columns of a table that is given as a list of row objects, as an object of columns, as a list of lists whose
 * first is the header, as a list of one extracted table (`{rows}`), or as JSON text of one of these.
 *
 * @throws CONTENT_INVALID, INPUT_INVALID
 */
export function readTable(given: unknown): Table {
  const data = typeof given === "string" ? parseJsonText(given, "data") : given;
  if (Array.isArray(data)) return fromRows(data as unknown[]);
  if (!isObject(data)) throw new RuntimeError("INPUT_INVALID", "data must be a list of rows or an object of columns");
  if (Array.isArray(data["rows"])) return fromRows(data["rows"] as unknown[]);
  return fromColumns(data);
}

/** A cell as a number; null for a missing one. Thousands may be grouped by commas. @throws CONTENT_INVALID */
export function toNumber(cell: Cell, column: string, row: number): number | null {
  if (cell === null || cell === "") return null;
  if (typeof cell !== "string") return Number(cell);
  const text = cell.trim();
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text;
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain)) return Number(plain);
  throw new RuntimeError("CONTENT_INVALID", `column "${column}" holds no number in row ${row + 1}`);
}

function fromRows(rows: readonly unknown[]): Table {
  const [first] = rows;
  if (rows.length === 1 && isObject(first) && Array.isArray(first["rows"])) return fromRows(first["rows"] as unknown[]);
  const objects = Array.isArray(first) ? withHeader(first as unknown[], rows.slice(1)) : rows;
  const columns = new Map<string, Cell[]>();
  for (const [index, row] of objects.entries()) {
    if (!isObject(row)) throw new RuntimeError("INPUT_INVALID", `data[${index}] is not a row like the first`);
    for (const [name, value] of Object.entries(row)) {
      const column = columns.get(name) ?? new Array<Cell>(objects.length).fill(null);
      columns.set(name, column);
      column[index] = toCell(value, name, index);
    }
  }
  return { columns, rows: objects.length };
}

function withHeader(header: readonly unknown[], rows: readonly unknown[]): unknown[] {
  return rows.map((row) => {
    if (!Array.isArray(row)) return row;
    return Object.fromEntries(header.map((name, index) => [String(name), (row as unknown[])[index] ?? null]));
  });
}

function fromColumns(data: { readonly [name: string]: unknown }): Table {
  const columns = new Map<string, Cell[]>();
  let rows = 0;
  for (const [name, values] of Object.entries(data)) {
    if (!Array.isArray(values)) throw new RuntimeError("INPUT_INVALID", `data.${name} is not a list`);
    if (columns.size > 0 && values.length !== rows)
      throw new RuntimeError("INPUT_INVALID", `data.${name} has ${values.length} rows, the columns before it ${rows}`);
    rows = values.length;
    columns.set(name, values.map((value, index) => toCell(value, name, index)));
  }
  return { columns, rows };
}

function toCell(value: unknown, column: string, row: number): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new RuntimeError("CONTENT_INVALID", `column "${column}" holds a list or an object in row ${row + 1}`);
}
