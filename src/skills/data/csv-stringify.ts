import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { limitResult } from "../result-size.ts";

type Row = { readonly [column: string]: unknown } | readonly unknown[];

type Input = {
  readonly rows: readonly Row[];
  readonly columns?: readonly string[];
  readonly delimiter: string;
  readonly header: boolean;
  readonly formula_guard: boolean;
};

const MAX_CELLS = 2_000_000;

/**
 * CSV with `\n` between lines, quoted where needed. Columns are those given, or all that occur, in order of appearance.
 *
 * @throws INPUT_INVALID for rows of both kinds; LIMIT_EXCEEDED
 */
export const handler: Handler<Input> = async (_ctx, input) => {
  const areLists = input.rows.every((row) => Array.isArray(row));
  if (!areLists && input.rows.some((row) => Array.isArray(row)))
    throw new RuntimeError("INPUT_INVALID", "rows must be all objects or all lists");
  const columns = input.columns ?? (areLists ? [] : columnsOf(input.rows));
  if (columns.length * input.rows.length > MAX_CELLS)
    throw new RuntimeError("LIMIT_EXCEEDED", `rows have more than ${MAX_CELLS} cells`);
  const head = input.header && columns.length > 0 ? [columns] : [];
  const body = input.rows.map((row) => (Array.isArray(row) ? (row as unknown[]) : pick(row, columns)));
  const lines = [...head, ...body].map((cells) =>
    cells.map((cell) => writeCell(cell, input)).join(input.delimiter),
  );
  const text = lines.map((line) => `${line}\n`).join("");
  return { csv_string: limitResult(text, "csv_string"), row_count: body.length, success: true };
};

function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

function pick(row: Row, columns: readonly string[]): unknown[] {
  return columns.map((name) => (Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : null));
}

function writeCell(value: unknown, { delimiter, formula_guard }: Input): string {
  let text = showCell(value);
  // A spreadsheet runs such a text as a formula.
  if (formula_guard && typeof value !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  const needsQuotes = text.includes(delimiter) || /["\r\n]|^\s|\s$/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

function showCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
