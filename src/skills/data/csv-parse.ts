import { parse } from "csv-parse/sync";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { MAX_RESULT_BYTES } from "../result-size.ts";

type Input = {
  readonly csv_string: string;
  readonly delimiter: string;
  readonly header: boolean;
  readonly trim: boolean;
};

const MAX_CELLS = 2_000_000;

/**
 * The rows of a CSV text (RFC 4180), each as long as the first; every cell is text.
 *
 * @throws CONTENT_INVALID, LIMIT_EXCEEDED
 */
export const handler: Handler<Input> = async (_ctx, input) => {
  const lines = readLines(input);
  if (!input.header) return { rows: lines, columns: [], row_count: lines.length, success: true };
  const [columns = [], ...body] = lines;
  const seen = new Set<string>();
  for (const name of columns) {
    if (seen.has(name)) throw new RuntimeError("CONTENT_INVALID", `csv_string has two columns "${name}"`);
    seen.add(name);
  }
  // Every row repeats the names of the columns.
  if (columns.join("").length * body.length > MAX_RESULT_BYTES)
    throw new RuntimeError("LIMIT_EXCEEDED", `rows would be larger than ${MAX_RESULT_BYTES} bytes`);
  const rows = body.map((cells) =>
    Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ""])),
  );
  return { rows, columns, row_count: rows.length, success: true };
};

function readLines({ csv_string, delimiter, trim }: Input): string[][] {
  let cells = 0;
  try {
    return parse(csv_string, {
      bom: true,
      delimiter,
      trim,
      skip_empty_lines: true,
      on_record: (record: string[]) => {
        cells += record.length;
        if (cells > MAX_CELLS)
          throw new RuntimeError("LIMIT_EXCEEDED", `csv_string has more than ${MAX_CELLS} cells`);
        return record;
      },
    });
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    throw new RuntimeError("CONTENT_INVALID", `csv_string ${placeOf(cause)}`, { cause });
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "the row has not as many cells as the first",
  CSV_QUOTE_NOT_CLOSED: "a quoted cell is not closed",
  CSV_INVALID_CLOSING_QUOTE: "something follows a closing quote",
  INVALID_OPENING_QUOTE: "a quote inside a cell that does not begin with one",
};

function placeOf(cause: unknown): string {
  if (!(cause instanceof Error && "code" in cause)) return "is not CSV";
  const line = "lines" in cause ? `line ${String(cause.lines)}: ` : "";
  return line + (PROBLEMS[String(cause.code)] ?? String(cause.code));
}
