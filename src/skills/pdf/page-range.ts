import { RuntimeError } from "../../contract/errors.ts";

/** Page numbers of `all` or `1-3,5`, in order and each once. @throws INPUT_INVALID */
export function parsePageRange(text: string, pageCount: number): number[] {
  if (text.trim() === "all") return Array.from({ length: pageCount }, (_, index) => index + 1);
  const pages = new Set<number>();
  for (const part of text.split(",")) {
    const [, from, to = from] = /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === undefined || first < 1 || last < first)
      throw new RuntimeError(
        "INPUT_INVALID",
        `page_range: "${part}" is not a page or a range of pages, as in 1-3,5.`,
      );
    if (last > pageCount)
      throw new RuntimeError(
        "INPUT_INVALID",
        `page_range: page ${last} does not exist; the document has ${pageCount}.`,
      );
    for (let page = first; page <= last; page++) pages.add(page);
  }
  return [...pages].sort((a, b) => a - b);
}
