/** A PDF of given page contents; `fonts` are further objects, the first of them being /F1. */
export function buildPdf(
  pages: readonly string[],
  fonts: readonly string[] = [HELVETICA],
  trailer = "",
): string {
  const firstFont = 3;
  const firstPage = firstFont + fonts.length;
  const kids = pages.map((_, index) => `${firstPage + 2 * index} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    ...fonts,
    ...pages.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents ${firstPage + 2 * index + 1} 0 R /Resources << /Font << /F1 ${firstFont} 0 R >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  let text = "%PDF-1.7\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  return `${text}${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${text.length}\n%%EOF\n`;
}

export const HELVETICA = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/** A font whose codes are UCS-2 by the predefined CMap UniGB-UCS2-H; object numbers count from 3. */
export const CHINESE: readonly string[] = [
  "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
  "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 5 0 R >>",
  "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
];

/** Text shown at places; `text` is the operand itself: `(plain)` or `<hex>`. */
export function showText(...places: readonly (readonly [x: number, y: number, operand: string])[]): string {
  return [
    "BT /F1 12 Tf",
    ...places.map(([x, y, operand]) => `1 0 0 1 ${x} ${y} Tm ${operand} Tj`),
    "ET",
  ].join("\n");
}
