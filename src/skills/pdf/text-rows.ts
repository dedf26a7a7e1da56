/** A piece of text on a page; units are points, y grows upwards. */
export type TextPiece = {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Pieces that stand close together in one row. */
export type Cell = { readonly text: string; readonly from: number; readonly to: number };
export type Row = { readonly y: number; readonly height: number; readonly cells: readonly Cell[] };

// In heights of the text: a wider gap parts two cells, a narrower one two words.
const CELL_GAP = 1;
const WORD_GAP = 0.15;

/** The rows of a page from top to bottom, each with its cells from left to right. */
export function toRows(pieces: readonly TextPiece[]): Row[] {
  const rows: TextPiece[][] = [];
  for (const piece of pieces.toSorted((a, b) => b.y - a.y)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (
      row !== undefined &&
      first !== undefined &&
      first.y - piece.y < Math.min(first.height, piece.height) / 2
    )
      row.push(piece);
    else rows.push([piece]);
  }
  return rows.map(toRow);
}

function toRow(pieces: readonly TextPiece[]): Row {
  const cells: { text: string; from: number; to: number }[] = [];
  const height = Math.max(...pieces.map((piece) => piece.height));
  for (const { text, x, width } of pieces.toSorted((a, b) => a.x - b.x)) {
    const last = cells.at(-1);
    const gap = last === undefined ? Infinity : x - last.to;
    if (last === undefined || gap > height * CELL_GAP) {
      cells.push({ text: text.trim(), from: x, to: x + width });
      continue;
    }
    const isApart = gap > height * WORD_GAP || /^\s/.test(text);
    last.text += (isApart ? " " : "") + text.trim();
    last.to = Math.max(last.to, x + width);
  }
  return { y: pieces[0]?.y ?? 0, height, cells };
}
