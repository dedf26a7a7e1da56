import type { DatabaseSync } from "node:sqlite";

import type { Entry, EventOf } from "../contract/entry.ts";

const TYPES = [
  "run-started",
  "step-intended",
  "step-withheld",
  "step-completed",
  "step-failed",
  "approval-decided",
  "rollback-started",
] as const;

export type HistoryEntry = Entry<EventOf<(typeof TYPES)[number]>>;

/**
 * What runs did and how it ended, in order, as it lies in the ledger: nothing is revealed, so that texts of a caller may
 * be seals. One pass over the entries, without those of effects.
 */
export function* historyRows(database: DatabaseSync, since = ""): Generator<HistoryEntry> {
  const types = TYPES.map((type) => `'${type}'`).join(", ");
  const rows = database
    .prepare(`SELECT entry FROM entries WHERE run IS NOT NULL AND type IN (${types}) ORDER BY seq`)
    .iterate();
  for (const row of rows) {
    const entry = JSON.parse(String(row["entry"])) as HistoryEntry;
    if (entry.at >= since) yield entry;
  }
}
