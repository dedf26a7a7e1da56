import type { Cell, Row } from "./text-rows.ts";

type Span = { from: number; to: number };

// In heights of the text: rows further apart belong to different tables.
const ROW_GAP = 3;

/**
 * The tables of a page: runs of rows whose cells stand in the same columns, at least two of each. A row with fewer
 * cells inside such a run has empty ones; a line that reaches across columns ends the run.
 */
export function findTables(rows: readonly Row[]): string[][][] {
  return splitRuns(rows).flatMap((run) => {
    const columns = columnsOf(run);
    if (run.length < 2 || columns.length < 2) return [];
    return [run.map(({ cells }) => fillColumns(cells, columns))];
  });
}

function splitRuns(rows: readonly Row[]): Row[][] {
  const runs: Row[][] = [];
  let run: Row[] = [];
  const close = () => {
    const end = run.findLastIndex(({ cells }) => cells.length > 1);
    runs.push(run.slice(0, end + 1));
    run = [];
  };
  for (const row of rows) {
    const above = run.at(-1);
    if (above !== undefined && above.y - row.y > ROW_GAP * Math.max(above.height, row.height)) close();
    if (row.cells.length > 1) run.push(row);
    else if (run.length > 0 && isWithinColumn(row, columnsOf(run))) run.push(row);
    else close();
  }
  close();
  return runs.filter(({ length }) => length > 0);
}

function isWithinColumn({ cells: [cell] }: Row, columns: readonly Span[]): boolean {
  return cell !== undefined && columns.filter((column) => overlaps(cell, column)).length === 1;
}

/** What the cells of all rows cover, seen from above: each stretch without a gap is a column. */
function columnsOf(rows: readonly Row[]): Span[] {
  const columns: Span[] = [];
  for (const { from, to } of rows.flatMap(({ cells }) => cells).sort((a, b) => a.from - b.from)) {
    const last = columns.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else columns.push({ from, to });
  }
  return columns;
}

function fillColumns(cells: readonly Cell[], columns: readonly Span[]): string[] {
  return columns.map((column) =>
    cells
      .filter((cell) => overlaps(cell, column))
      .map(({ text }) => text)
      .join(" "),
  );
}

function overlaps(a: Span | Cell, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}
