import type { DatabaseSync } from "node:sqlite";

import type { Entry } from "../contract/entry.ts";
import { createLeaseEnds } from "./lease-ends.ts";
import { ENDS_LEASES, LEASE_TYPES, type Leases, createLeases, foldLeases } from "./leases.ts";
import { type Beside, hasSpecialForm, toPlain } from "./stored-value.ts";

/** The leases of every process that writes this ledger, folded from the entries of them all. */
export type HeldLeases = Leases & {
  /** Makes them right for the whole chain, where they were right up to `from` (`undefined`: they were not). */
  catchUp(from: number | undefined): void;
  /** The run that has changed the path, one above it or one below it, and ended after that entry. */
  freedSince(path: string, seq: number): string | undefined;
};

export function createHeldLeases(db: DatabaseSync, beside: Beside): HeldLeases {
  const ends = createLeaseEnds();
  const leases = createLeases(ends);
  // CROSS JOIN: from the few open runs to their entries, and never through all entries.
  const ofUnfinishedRuns = db.prepare(
    `SELECT entry FROM runs CROSS JOIN entries ON entries.run = started_seq AND entries.seq >= leases_since
     WHERE ended_at IS NULL AND entries.type IN ('effect-intended', 'undo-intended')`,
  );
  const after = db.prepare(
    "SELECT entry FROM entries WHERE seq > ? AND type IN (SELECT value FROM json_each(?)) ORDER BY seq",
  );
  const selectLast = db.prepare("SELECT max(seq) AS seq FROM entries");
  const endedAfter = db.prepare(
    `SELECT ended.seq, changed.entry FROM entries AS ended CROSS JOIN entries AS changed
     ON changed.run = ended.run AND changed.seq < ended.seq
     WHERE ended.seq > ? AND ended.type IN (SELECT value FROM json_each(?))
     AND changed.type IN ('effect-intended', 'undo-intended') ORDER BY ended.seq`,
  );

  const lookBack = (seq: number) => {
    ends.clear(seq);
    for (const row of endedAfter.iterate(seq, JSON.stringify([...ENDS_LEASES]))) {
      const entry = leaseEntry(String(row["entry"]), beside);
      if (entry.type !== "effect-intended" && entry.type !== "undo-intended") continue;
      for (const { path } of entry.data.changes) ends.add(path, entry.run, Number(row["seq"]));
    }
  };

  return {
    ...leases,

    freedSince(path, seq) {
      if (seq < ends.knownFrom()) lookBack(seq);
      return ends.since(path, seq);
    },

    catchUp(from) {
      if (from === undefined) {
        leases.clear();
        ends.clear(Number(selectLast.get()?.["seq"]));
      }
      const rows =
        from === undefined ? ofUnfinishedRuns.iterate() : after.iterate(from, JSON.stringify(LEASE_TYPES));
      for (const row of rows) foldLeases(leases, leaseEntry(String(row["entry"]), beside));
    },
  };
}

function leaseEntry(text: string, beside: Beside): Entry {
  const entry = JSON.parse(text) as Entry;
  if (!hasSpecialForm(text)) return entry;
  if (entry.type !== "effect-intended" && entry.type !== "undo-intended") return entry;
  const changes = entry.data.changes.map((change) => ({ ...change, path: readPath(change.path, beside) }));
  return { ...entry, data: { ...entry.data, changes } } as Entry;
}

// Of a sealed path that cannot be revealed here, nothing is known: it is in the way of every path.
function readPath(stored: unknown, beside: Beside): string {
  try {
    return String(toPlain(stored, beside));
  } catch {
    return "";
  }
}
