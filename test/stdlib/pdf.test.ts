import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { buildPdf, CHINESE, HELVETICA, showText } from "./pdf-bytes.ts";
import { openStdlib } from "./stdlib-context.ts";
import { verifies } from "../requirements.ts";

verifies("stdlib:contract");

async function extract(what: "table" | "text", pdf: string | Buffer, page_range = "all") {
  using stdlib = openStdlib();
  writeFileSync(join(stdlib.path, "a.pdf"), typeof pdf === "string" ? Buffer.from(pdf, "latin1") : pdf);
  return await stdlib.run(`io.pdf.extract_${what}`, { pdf_path: "a.pdf", page_range });
}

const hex = (text: string) => `<${Buffer.from(text, "utf16le").swap16().toString("hex")}>`;
const TWO_PAGES = buildPdf([
  showText(
    [20, 300, "(Item)"],
    [200, 300, "(Price)"],
    [20, 280, "(Green tea)"],
    [200, 280, "(3.50)"],
    [20, 260, "(Cake)"],
    [200, 260, "(4)"],
  ),
  showText([20, 300, "(only prose here)"]),
]);

describe("tables", () => {
  test("are found where they stand", async () => {
    const rows = [
      ["Item", "Price"],
      ["Green tea", "3.50"],
      ["Cake", "4"],
    ];
    expect(await extract("table", TWO_PAGES)).toEqual({
      extracted_tables: [{ page: 1, rows, row_count: 3, column_count: 2 }],
      success: true,
    });
  });

  test("are found in Chinese, through a predefined character map", async () => {
    const content = showText(
      [20, 300, hex("名称")],
      [200, 300, hex("价格")],
      [20, 280, hex("绿茶")],
      [200, 280, hex("三元")],
    );
    expect(await extract("table", buildPdf([content], CHINESE))).toMatchObject({
      extracted_tables: [
        {
          rows: [
            ["名称", "价格"],
            ["绿茶", "三元"],
          ],
        },
      ],
    });
  });

  test("that are not there are an error, not an empty success", async () => {
    await expect(extract("table", TWO_PAGES, "2")).rejects.toMatchObject({
      code: "CONTENT_INVALID",
      message: expect.stringContaining("no table"),
    });
  });
});

describe("text", () => {
  test("is read page by page", async () => {
    expect(await extract("text", TWO_PAGES, "2")).toEqual({
      text: "only prose here",
      pages: [{ page: 2, text: "only prose here" }],
      success: true,
    });
    expect(await extract("text", buildPdf([showText([20, 300, hex("你好，世界")])], CHINESE))).toMatchObject({
      text: "你好，世界",
    });
  });
});

describe.for(["table", "text"] as const)("%s of a file that holds none", (what) => {
  const IMAGE = "q 100 0 0 100 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q";
  const ENCRYPT = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${"41".repeat(32)}> /U <${"42".repeat(32)}> /P -44 >> /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]`;
  test.for([
    ["an empty page", buildPdf([""]), "no text"],
    ["only an image", buildPdf([IMAGE]), "no text"],
    ["an encrypted file", buildPdf([showText([20, 300, "(x)"])], [HELVETICA], ENCRYPT), "encrypted"],
    ["a file cut in the middle", TWO_PAGES.slice(0, TWO_PAGES.length / 2), "cut off"],
    ["an empty file", "", "not a PDF"],
    ["text", "hello", "not a PDF"],
    ["a header alone", "%PDF-1.7\n%%EOF\n", "cannot be read"],
    ["no page", buildPdf([]), "no text"],
  ] as const)("%s is an error of its content", async ([, pdf, why]) => {
    await expect(extract(what, pdf)).rejects.toMatchObject({
      code: "CONTENT_INVALID",
      message: expect.stringContaining(why),
    });
  });

  test("a page that does not exist is an error of the inputs", async () => {
    await expect(extract(what, TWO_PAGES, "3")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});
