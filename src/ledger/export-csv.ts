import { canonicalJson } from "../contract/json.ts";
import type { Ledger } from "./ledger.ts";
import { visibleText } from "./visible-text.ts";

const COLUMNS = ["seq", "at", "by", "type", "run", "step", "data"] as const;

/** The ledger as CSV (RFC 4180) for reading in a spreadsheet; sealed values stay sealed, and no cell is a formula. */
export function* exportCsv(ledger: Ledger): Generator<string> {
  yield `${COLUMNS.join(",")}\r\n`;
  for (const entry of ledger.entries({ sealed: true })) {
    const run = "run" in entry ? entry.run : "";
    const step = "step" in entry ? entry.step : "";
    const cells = [String(entry.seq), entry.at, entry.by, entry.type, run, step, canonicalJson(entry.data)];
    yield `${cells.map(toCell).join(",")}\r\n`;
  }
}

// A spreadsheet takes a cell that begins so for a formula.
const FORMULA_START = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/;

function toCell(text: string): string {
  const visible = visibleText(text);
  const harmless = FORMULA_START.test(visible) ? `'${visible}` : visible;
  return `"${harmless.replaceAll('"', '""')}"`;
}
