import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type * as Pdfjs from "pdfjs-dist/legacy/build/pdf.mjs";

import { RuntimeError } from "../../contract/errors.ts";
import type { Context } from "../../contract/handler.ts";
import { parsePageRange } from "./page-range.ts";
import type { TextPiece } from "./text-rows.ts";

const MAX_PAGES = 500;
const MAX_PIECES_PER_PAGE = 100_000;

export type PdfPage = { readonly page: number; readonly pieces: readonly TextPiece[] };

/**
 * The text of pages with its place, page by page.
 *
 * @throws CONTENT_INVALID for what is no whole PDF, is encrypted, or holds no text (a scan); LIMIT_EXCEEDED over 500 pages
 */
export async function readPdf({ fs, signal }: Context, path: string, pageRange: string): Promise<PdfPage[]> {
  const bytes = await fs.read(path);
  checkWhole(bytes, path);
  const task = (await loadPdfjs()).getDocument({
    data: new Uint8Array(bytes),
    cMapUrl: join(packageFolder(), "cmaps/"),
    cMapPacked: true,
    standardFontDataUrl: join(packageFolder(), "standard_fonts/"),
    disableFontFace: true,
    useSystemFonts: false,
    useWasm: false,
    stopAtErrors: true,
    verbosity: 0,
  });
  try {
    const document = await task.promise;
    const numbers = parsePageRange(pageRange, document.numPages);
    if (numbers.length > MAX_PAGES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `"${path}": ${numbers.length} pages are asked for; at most ${MAX_PAGES} are read.`,
      );
    const pages: PdfPage[] = [];
    for (const page of numbers) {
      signal.throwIfAborted();
      pages.push({ page, pieces: await readPage(await document.getPage(page)) });
    }
    if (pages.every(({ pieces }) => pieces.length === 0))
      throw new RuntimeError("CONTENT_INVALID", `"${path}" holds no text on these pages; it may be a scan.`);
    return pages;
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, path);
  } finally {
    await task.destroy();
  }
}

let pdfjs: Promise<typeof Pdfjs> | undefined;

function loadPdfjs(): Promise<typeof Pdfjs> {
  return (pdfjs ??= importQuietly());
}

async function importQuietly(): Promise<typeof Pdfjs> {
  const { warn } = console;
  // On import it warns of what drawing would need; only text is read here.
  console.warn = () => {};
  try {
    return await import("pdfjs-dist/legacy/build/pdf.mjs");
  } finally {
    console.warn = warn;
  }
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
}

// A file that was cut off would be repaired by guessing, and pages would be missing without a word.
function checkWhole(bytes: Buffer, path: string): void {
  if (!bytes.subarray(0, 1024).includes("%PDF-"))
    throw new RuntimeError("CONTENT_INVALID", `"${path}" is not a PDF.`);
  if (!bytes.subarray(-2048).includes("%%EOF"))
    throw new RuntimeError("CONTENT_INVALID", `"${path}" is cut off: it has no end marker.`);
}

async function readPage(page: Pdfjs.PDFPageProxy): Promise<TextPiece[]> {
  const { items } = await page.getTextContent({ includeMarkedContent: false });
  if (items.length > MAX_PIECES_PER_PAGE)
    throw new RuntimeError(
      "LIMIT_EXCEEDED",
      `Page ${page.pageNumber} holds more than ${MAX_PIECES_PER_PAGE} pieces of text.`,
    );
  page.cleanup();
  return items.flatMap((item) => {
    if (!("str" in item) || item.str.trim() === "") return [];
    const [, , skewX = 0, scaleY = 0, x = 0, y = 0] = item.transform as number[];
    const height = item.height > 0 ? item.height : Math.hypot(skewX, scaleY);
    return [{ text: item.str.toWellFormed(), x, y, width: item.width, height }];
  });
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof RuntimeError || !(error instanceof Error)) return error;
  const why =
    error.name === "PasswordException"
      ? "is encrypted and needs a password"
      : `cannot be read as a PDF (${error.message})`;
  return new RuntimeError("CONTENT_INVALID", `"${path}" ${why}.`, { cause: error });
}
