import type { DatabaseSync } from "node:sqlite";

import { isObject } from "../contract/json.ts";
import { verifierOf } from "./hand-over.ts";
import { originOf } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { references } from "./stored-value.ts";

export const EXPORT_FORMAT = "ai-first-runtime/ledger-export/1";

/**
 * The ledger as JSON lines, each ending with a line feed: a header with its latest checkpoint; every entry, sealed
 * values staying sealed; and each long text after the first entry that refers to it.
 */
export function* exportJsonl(ledger: LedgerFile): Generator<string> {
  const { database: db } = ledger;
  const note = db.prepare("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").get()?.["note"];
  const header: ExportHeader = {
    format: EXPORT_FORMAT,
    ledger: ledger.id,
    origin: originOf(ledger.id),
    publicKey: verifierOf(db),
    checkpoint: typeof note === "string" ? note : null,
  };
  yield `${JSON.stringify(header)}\n`;
  const exported = new Set<string>();
  for (const { text, hash } of rowsOf(db)) {
    yield `{"entry":${text},"hash":"${hash}"}\n`;
    for (const blob of textsOf(text)) {
      if (exported.has(blob)) continue;
      exported.add(blob);
      const content = db.prepare("SELECT text FROM texts WHERE hash = ?").get(blob)?.["text"];
      if (typeof content === "string") yield `${JSON.stringify({ of: blob, text: content })}\n`;
    }
  }
}

export type ExportHeader = {
  readonly format: typeof EXPORT_FORMAT;
  readonly ledger: string;
  readonly origin: string;
  readonly publicKey: string;
  readonly checkpoint: string | null;
};

export type ExportLine =
  | { readonly kind: "header"; readonly header: ExportHeader }
  | { readonly kind: "entry"; readonly text: string; readonly hash: string }
  | { readonly kind: "text"; readonly of: string; readonly text: string };

/** What a line of an export is, without any check of its content; `undefined` for something else. */
export function parseExportLine(line: string): ExportLine | undefined {
  const [text, hash] = /^\{"entry":(\{.*\}),"hash":"([0-9a-f]{64})"\}$/s.exec(line)?.slice(1) ?? [];
  if (text !== undefined && hash !== undefined) return { kind: "entry", text, hash };
  const value = parse(line);
  if (isObject(value)) {
    const { of, text: content, format } = value;
    if (typeof of === "string" && typeof content === "string") return { kind: "text", of, text: content };
    if (format === EXPORT_FORMAT) return { kind: "header", header: value as ExportHeader };
  }
  return undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const PAGE_SIZE = 500;

/** Texts and hashes of all entries, in order, read in pages so that no read transaction stays open. */
export function* rowsOf(db: DatabaseSync): Generator<{ seq: number; text: string; hash: string }> {
  const page = db.prepare(
    `SELECT seq, entry, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ${PAGE_SIZE}`,
  );
  for (let after = 0, rows = page.all(after); rows.length > 0; rows = page.all(after)) {
    for (const row of rows) {
      after = Number(row["seq"]);
      yield {
        seq: after,
        text: String(row["entry"]),
        hash: Buffer.from(row["hash"] as Uint8Array).toString("hex"),
      };
    }
  }
}

/** Hashes of the long texts that an entry's text refers to. */
export function textsOf(text: string): readonly string[] {
  return text.includes('"$blob"') ? references(JSON.parse(text)).texts : [];
}
