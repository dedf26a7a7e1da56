import type { Handler } from "../../contract/handler.ts";
import { limitResult } from "../result-size.ts";
import { readPdf } from "./open-pdf.ts";
import { toRows } from "./text-rows.ts";

type Input = { readonly pdf_path: string; readonly page_range: string };

/** The text of a PDF, line by line from top to bottom. @throws CONTENT_INVALID where there is none, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (ctx, { pdf_path, page_range }) => {
  const read = await readPdf(ctx, pdf_path, page_range);
  const pages = read.map(({ page, pieces }) => ({ page, text: toRows(pieces).map(lineOf).join("\n") }));
  const text = limitResult(pages.map((page) => page.text).join("\n\n"), "text");
  return { text, pages, success: true };
};

function lineOf({ cells }: ReturnType<typeof toRows>[number]): string {
  return cells.map((cell) => cell.text).join("  ");
}
