import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { findTables } from "./find-tables.ts";
import { readPdf } from "./open-pdf.ts";
import { toRows } from "./text-rows.ts";

type Input = { readonly pdf_path: string; readonly page_range: string };

/** The tables of a PDF, found by where its text stands. @throws CONTENT_INVALID where there is no text or no table */
export const handler: Handler<Input> = async (ctx, { pdf_path, page_range }) => {
  const pages = await readPdf(ctx, pdf_path, page_range);
  const extracted_tables = pages.flatMap(({ page, pieces }) =>
    findTables(toRows(pieces)).map((rows) => ({
      page,
      rows,
      row_count: rows.length,
      column_count: rows[0]?.length ?? 0,
    })),
  );
  if (extracted_tables.length === 0)
    throw new RuntimeError("CONTENT_INVALID", `"${pdf_path}" holds text on these pages, but no table.`);
  return { extracted_tables, success: true };
};
