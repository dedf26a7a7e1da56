import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import { parseJsonText } from "../json-text.ts";
import type { Cell } from "./formula.ts";

export type Table = { readonly columns: Map<string, Cell[]>; readonly rows: number };

const MAX_CELLS = 2_000_000;

/**
 * The columns of a table that is given as a list of row objects, as an object of columns, as a list of lists whose
 * first is the header, as a list of one extracted table (`{rows}`), or as JSON text of one of these.
 *
 * @throws CONTENT_INVALID, INPUT_INVALID, LIMIT_EXCEEDED
 */
export function readTable(given: unknown): Table {
  const data = typeof given === "string" ? parseJsonText(given, "data") : given;
  if (Array.isArray(data)) return fromRows(data as unknown[]);
  if (!isObject(data))
    throw new RuntimeError("INPUT_INVALID", "data must be a list of rows or an object of columns");
  if (Array.isArray(data["rows"])) return fromRows(data["rows"] as unknown[]);
  return fromColumns(data);
}

/** A cell as a number, null for a missing one. @throws CONTENT_INVALID */
export function toNumber(cell: Cell, column: string, row: number): number | null {
  const value = readCell(cell);
  if (typeof value === "string")
    throw new RuntimeError("CONTENT_INVALID", `column "${column}" holds no number in row ${row + 1}`);
  return value === null ? null : Number(value);
}

/** A text that is a number as that number (thousands may be grouped by commas), an empty one as null. */
export function readCell(cell: Cell): Cell {
  if (typeof cell !== "string") return cell;
  const text = cell.trim();
  if (text === "") return null;
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text;
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : cell;
}

function fromRows(rows: readonly unknown[]): Table {
  const [first] = rows;
  if (rows.length === 1 && isObject(first) && Array.isArray(first["rows"]))
    return fromRows(first["rows"] as unknown[]);
  const objects = Array.isArray(first) ? withHeader(first as unknown[], rows.slice(1)) : rows;
  const columns = new Map<string, Cell[]>();
  for (const [index, row] of objects.entries()) {
    if (!isObject(row)) throw new RuntimeError("INPUT_INVALID", `data[${index}] is not a row like the first`);
    for (const [name, value] of Object.entries(row)) {
      const column: Cell[] = columns.get(name) ?? Array.from({ length: objects.length }, () => null);
      columns.set(name, column);
      if (columns.size * objects.length > MAX_CELLS)
        throw new RuntimeError("LIMIT_EXCEEDED", `data has more than ${MAX_CELLS} cells`);
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
      throw new RuntimeError(
        "INPUT_INVALID",
        `data.${name} has ${values.length} rows, the columns before it ${rows}`,
      );
    rows = values.length;
    columns.set(
      name,
      values.map((value, index) => toCell(value, name, index)),
    );
  }
  return { columns, rows };
}

function toCell(value: unknown, column: string, row: number): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new RuntimeError("CONTENT_INVALID", `column "${column}" holds a list or an object in row ${row + 1}`);
}
