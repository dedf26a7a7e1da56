import { fit, padTo, widthOf } from "./text.ts";

export type Table = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

const GAP = "  ";
const MIN_WIDTH = 8;

/** Aligned columns; where they are wider than `maxWidth` the widest are cut. Cells must be visible text of one line. */
export function renderTable(
  { columns, rows }: Table,
  maxWidth: number,
  paintHead: (text: string) => string,
): string[] {
  const widths = columns.map((title, i) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ""))),
  );
  shrink(widths, maxWidth - GAP.length * (columns.length - 1));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => padTo(fit(cell, widths[i] ?? 0), widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  return [paintHead(line(columns)), ...rows.map(line)];
}

function shrink(widths: number[], maxTotal: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - maxTotal;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= MIN_WIDTH) return;
    widths[widths.indexOf(widest)] = widest - 1;
    excess--;
  }
}
