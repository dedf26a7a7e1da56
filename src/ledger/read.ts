import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import type { Entry } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { AT_OF_ENTRY, GENESIS, type Head } from "./chain.ts";
import { ASKS_FOR_APPROVAL, HAS_ENDED } from "./database.ts";
import type { Box, EntryFilter, Ledger, RunRow, RunStatus, Sealer } from "./ledger.ts";
import { addRecentSecrets } from "./known-secrets.ts";
import { type RunRecord, runFromRow } from "./projections.ts";
import { type Beside, hasSpecialForm, markErased, toPlain } from "./stored-value.ts";

/** The reading half of a ledger, on one connection. */
export type Reader = Pick<Ledger, "object" | "entries" | "entry" | "run" | "runs" | "approval"> & {
  last(): Head;
  lastSeq(): number;
  readonly beside: Beside;
};

const PAGE_SIZE = 256;

export function createReader(db: DatabaseSync, sealer: Sealer): Reader {
  const beside = createBeside(db, sealer);
  // Of a few kinds, each of which is asked often.
  const statements = new Map<string, StatementSync>();
  const prepared = (query: string): StatementSync => {
    const known = statements.get(query) ?? db.prepare(query);
    statements.set(query, known);
    return known;
  };
  const selectLast = db.prepare(
    `SELECT seq, hash, ${AT_OF_ENTRY} AS at FROM entries ORDER BY seq DESC LIMIT 1`,
  );
  const selectLastSeq = db.prepare("SELECT max(seq) AS seq FROM entries");
  const selectEntry = db.prepare("SELECT entry FROM entries WHERE seq = ?");
  const selectAt = db.prepare(`SELECT ${AT_OF_ENTRY} AS at FROM entries WHERE seq = ?`);
  const selectObject = db.prepare("SELECT seq FROM objects WHERE reference = ?");
  const selectRun = db.prepare(`${SELECT_RUNS} WHERE id = ?`);
  const selectApproval = db.prepare("SELECT run, step, decision FROM approvals WHERE id = ?");

  const last = (): Head => {
    const row = selectLast.get();
    if (row === undefined) return GENESIS;
    return { seq: Number(row["seq"]), hash: row["hash"] as Uint8Array, at: String(row["at"]) };
  };

  const entry = (seq: number): Entry | undefined => {
    const row = selectEntry.get(seq);
    return row === undefined ? undefined : readEntry(String(row["entry"]), beside, false);
  };

  // Times never go back along the chain, so the first entry at or after a time is found by halving.
  const firstSince = (since: string): number => {
    const at = toInstant(since);
    let low = 1;
    let high = last().seq + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (String(selectAt.get(middle)?.["at"]) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  function* entries(filter: EntryFilter = {}): IterableIterator<Entry> {
    const { run, types, ofLedger = false, descending = false, sealed = false } = filter;
    const lowest = Math.max(
      (filter.afterSeq ?? 0) + 1,
      filter.since === undefined ? 1 : firstSince(filter.since),
    );
    const conditions = ["seq BETWEEN ? AND ?"];
    const values: SQLInputValue[] = [];
    if (ofLedger) conditions.push("run IS NULL");
    if (run !== undefined) {
      conditions.push("run = (SELECT started_seq FROM runs WHERE id = ?)");
      values.push(run);
    }
    if (types?.length === 1 && types[0] === "approval-requested") conditions.push(ASKS_FOR_APPROVAL);
    else if (types !== undefined) {
      conditions.push("type IN (SELECT value FROM json_each(?))");
      values.push(JSON.stringify(types));
    }
    const order = descending ? "DESC" : "ASC";
    const page = prepared(
      `SELECT seq, entry FROM entries WHERE ${conditions.join(" AND ")} ORDER BY seq ${order} LIMIT ${PAGE_SIZE}`,
    );
    let from = lowest;
    let to = (filter.beforeSeq ?? Number.MAX_SAFE_INTEGER) - 1;
    for (;;) {
      const rows = page.all(from, to, ...values);
      for (const row of rows) yield readEntry(String(row["entry"]), beside, sealed);
      if (rows.length < PAGE_SIZE) return;
      const end = Number(rows.at(-1)?.["seq"]);
      if (descending) to = end - 1;
      else from = end + 1;
    }
  }

  return {
    beside,
    last,
    lastSeq: () => Number(selectLastSeq.get()?.["seq"]),
    entry,
    // Rows of other types are not read: `types` is part of the query.
    entries: entries as Ledger["entries"],

    object(reference) {
      const row = selectObject.get(reference);
      const found = row === undefined ? undefined : entry(Number(row["seq"]));
      return found?.type === "object-recorded" ? found.data.value : undefined;
    },

    run(id) {
      const row = selectRun.get(id);
      return row === undefined ? undefined : toRunRow(row, beside);
    },

    runs({ status, open = false, limit = 100, before } = {}) {
      // Only what is asked for is compared, so that the rows of a page are found by their numbers.
      const conditions = ["1"];
      const values: SQLInputValue[] = [];
      if (status !== undefined) {
        conditions.push("status = ?");
        values.push(status);
        if (!UNENDED.has(status)) conditions.push(HAS_ENDED);
      }
      if (before !== undefined) {
        conditions.push("started_seq < (SELECT started_seq FROM runs WHERE id = ?)");
        values.push(before);
      }
      if (open || (status !== undefined && UNENDED.has(status))) conditions.push("ended_at IS NULL");
      const query = `${SELECT_RUNS} WHERE ${conditions.join(" AND ")} ORDER BY started_seq DESC LIMIT ?`;
      return prepared(query)
        .all(...values, limit)
        .map((row) => toRunRow(row, beside));
    },

    approval(id) {
      const row = selectApproval.get(id);
      if (row === undefined) return undefined;
      const { decision } = row;
      return {
        run: String(row["run"]),
        step: String(row["step"]),
        decision: typeof decision === "string" ? decision : null,
      };
    },
  };
}

// These have not ended, and those are found without looking at the others.
const UNENDED: ReadonlySet<RunStatus> = new Set(["PENDING", "RUNNING", "PAUSED"]);

const SELECT_RUNS = `SELECT *, (SELECT ${AT_OF_ENTRY} FROM entries WHERE run = runs.started_seq ORDER BY seq DESC LIMIT 1) AS updated_at FROM runs`;

function createBeside(db: DatabaseSync, sealer: Sealer): Beside {
  const selectBox = db.prepare("SELECT subject, nonce, sealed FROM sealed WHERE commitment = ?");
  const selectText = db.prepare("SELECT text FROM texts WHERE hash = ?");
  return {
    sealer,
    box(commitment) {
      const row = selectBox.get(commitment);
      if (row === undefined) return undefined;
      return {
        commitment,
        subject: String(row["subject"]),
        nonce: row["nonce"] as Uint8Array,
        sealed: row["sealed"] as Uint8Array,
      };
    },
    text(hash) {
      const row = selectText.get(hash);
      return row === undefined ? undefined : String(row["text"]);
    },
  };
}

/** The entry of its canonical JSON; sealed values are revealed, or left as they lie in the chain. */
export function readEntry(text: string, beside: Beside, sealed: boolean): Entry {
  const { v: _format, ...entry } = JSON.parse(text) as Entry & { v: number };
  if (!hasSpecialForm(text)) return entry;
  const data = sealed
    ? markErased(entry.data, beside)
    : toPlain(entry.data, "run" in entry ? remembering(beside) : beside);
  return { ...entry, data } as Entry;
}

/** What a run goes on with is hidden wherever it comes from now on, also where another process sealed it. */
function remembering(beside: Beside): Beside {
  const { sealer } = beside;
  const open = (box: Box): unknown => {
    const value = sealer.open(box);
    addRecentSecrets(value, sealer);
    return value;
  };
  return { ...beside, sealer: { ...sealer, open } };
}

function toRunRow(row: Parameters<typeof runFromRow>[0], beside: Beside): RunRow {
  const record: RunRecord = runFromRow(row);
  return {
    id: record.id,
    kind: record.kind as RunRow["kind"],
    name: readText(record.name, beside),
    version: readText(record.version, beside),
    status: record.status,
    startedAt: record.startedAt,
    updatedAt: String(row["updated_at"]),
    endedAt: record.endedAt,
    process: record.process,
    by: record.by,
    reason: record.reason === null ? null : readText(record.reason, beside),
  };
}

function readText(storedJson: string, beside: Beside): string {
  const stored: unknown = JSON.parse(storedJson);
  if (typeof stored === "string") return stored;
  try {
    return String(toPlain(stored, beside));
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "PLAINTEXT_ERASED") return "[erased]";
    throw error;
  }
}

function toInstant(since: string): string {
  const time = new Date(since);
  if (Number.isNaN(time.getTime()))
    throw new RuntimeError("INPUT_INVALID", `since: "${since}" is not a time.`);
  return time.toISOString();
}
