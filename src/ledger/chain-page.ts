import { GENESIS } from "./chain.ts";
import { textsOf } from "./export-jsonl.ts";
import type { LedgerFile } from "./open-ledger.ts";

export type ChainPage = {
  readonly previous: string;
  readonly links: { readonly seq: number; readonly text: string; readonly hash: string }[];
  readonly texts: Record<string, string>;
  readonly next: number | null;
};

/** Entries as they were hashed, from one on, with what it takes to hash them again and to read their long texts. */
export function chainPage(
  { database: db }: Pick<LedgerFile, "database">,
  after: number,
  limit: number,
): ChainPage {
  const rows = db
    .prepare("SELECT seq, entry, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?")
    .all(after, limit + 1);
  const links = rows.slice(0, limit).map((row) => ({
    seq: Number(row["seq"]),
    text: String(row["entry"]),
    hash: hexOf(row["hash"]),
  }));
  const previous = db.prepare("SELECT hash FROM entries WHERE seq = ?").get(after)?.["hash"] ?? GENESIS.hash;
  const selectText = db.prepare("SELECT text FROM texts WHERE hash = ?");
  const texts: Record<string, string> = {};
  for (const hash of new Set(links.flatMap(({ text }) => textsOf(text)))) {
    const content = selectText.get(hash)?.["text"];
    if (typeof content === "string") texts[hash] = content;
  }
  return {
    previous: hexOf(previous),
    links,
    texts,
    next: rows.length > limit ? (links.at(-1)?.seq ?? null) : null,
  };
}

function hexOf(hash: unknown): string {
  return Buffer.from(hash as Uint8Array).toString("hex");
}
