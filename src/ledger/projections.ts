import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

import type { Entry, LedgerEvent } from "../contract/entry.ts";
import type { RunStatus } from "./ledger.ts";

/** One row of `runs`. Free texts are the JSON of their stored form, because they may be sealed. */
export type RunRecord = {
  readonly startedSeq: number;
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly process: string;
  readonly by: string;
  readonly reason: string | null;
  /** First entry whose changes the run still holds leases on; null for none. */
  readonly leasesSince: number | null;
};

/**
 * The run after one more of its entries; the same object where nothing changed. `stored` is the entry's data as the
 * chain holds it.
 */
export function foldRun(
  run: RunRecord | undefined,
  entry: Entry,
  stored: LedgerEvent["data"],
): RunRecord | undefined {
  if (entry.type === "run-started") return startRun(entry, stored as typeof entry.data);
  if (run === undefined) return undefined;
  const end = (status: RunStatus, reason: string | null): RunRecord => ({
    ...run,
    status,
    reason,
    endedAt: entry.at,
    leasesSince: null,
  });
  switch (entry.type) {
    case "run-claimed":
      return { ...run, process: entry.data.owner.process };
    case "run-paused":
      return { ...run, status: "PAUSED", reason: JSON.stringify((stored as typeof entry.data).reason) };
    case "run-resumed":
    case "rollback-started":
      return { ...run, status: "RUNNING", reason: null };
    case "step-intended":
      return run.status === "PAUSED" ? { ...run, status: "RUNNING", reason: null } : run;
    case "run-restarted":
      return { ...run, status: "RUNNING", reason: null, leasesSince: entry.seq };
    case "run-completed":
      return end("COMPLETED", null);
    case "run-failed":
    case "rollback-incomplete":
      return end("FAILED", JSON.stringify((stored as typeof entry.data).failure.message));
    case "run-rolled-back":
      return end("ROLLED_BACK", JSON.stringify((stored as typeof entry.data).reason));
    // Open again, so that the next process to start finds it and finishes it.
    case "undo-started":
      return { ...run, process: entry.data.owner.process, endedAt: null };
    case "run-undone":
      return {
        ...run,
        endedAt: entry.at,
        status: entry.data.partial ? run.status : "ROLLED_BACK",
        reason: JSON.stringify((stored as typeof entry.data).reason),
        leasesSince: null,
      };
    case "run-redone":
      return { ...run, status: entry.data.status, reason: null, endedAt: entry.at, leasesSince: null };
    case "effect-intended":
    case "undo-intended":
      return run.leasesSince === null ? { ...run, leasesSince: entry.seq } : run;
    default:
      return run;
  }
}

function startRun(
  entry: Entry & { type: "run-started" },
  stored: (Entry & { type: "run-started" })["data"],
): RunRecord {
  return {
    startedSeq: entry.seq,
    id: entry.run,
    kind: entry.data.kind,
    name: JSON.stringify(stored.name),
    version: JSON.stringify(stored.version),
    status: "RUNNING",
    startedAt: entry.at,
    endedAt: null,
    process: entry.data.owner.process,
    by: entry.by,
    reason: null,
    leasesSince: entry.seq,
  };
}

/** How an object is referred to: principals, which every entry names, by a shorter digest. */
export function referenceOf(kind: string, digest: string): string {
  return kind === "principal" ? digest.slice(0, 32) : digest;
}

/** The tables that are folded from the entries; changes of one transaction are written by `save`. */
export type Projections = {
  run(id: string): RunRecord | undefined;
  approval(
    id: string,
  ): { readonly run: string; readonly step: string; readonly decision: string | null } | undefined;
  hasObject(reference: string): boolean;
  /** Returns the run that the entry belongs to. */
  apply(entry: Entry, stored: LedgerEvent["data"]): RunRecord | undefined;
  save(): void;
  /** Drops what is in memory: another process has written, or the transaction failed. */
  forget(): void;
};

// Enough for all runs that are worked on at a time; older ones are read again.
const MAX_RUNS_IN_MEMORY = 10_000;

export function createProjections(db: DatabaseSync): Projections {
  const selectRun = db.prepare("SELECT * FROM runs WHERE id = ?");
  const upsertRun = db.prepare(
    `INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(started_seq) DO UPDATE SET
     status = excluded.status, ended_at = excluded.ended_at, process = excluded.process, reason = excluded.reason,
     leases_since = excluded.leases_since`,
  );
  const selectApproval = db.prepare("SELECT run, step, decision FROM approvals WHERE id = ?");
  const insertApproval = db.prepare("INSERT INTO approvals VALUES (?, ?, ?, NULL)");
  const decideApproval = db.prepare("UPDATE approvals SET decision = ? WHERE id = ?");
  const selectObject = db.prepare("SELECT 1 FROM objects WHERE reference = ?");
  const insertObject = db.prepare("INSERT OR IGNORE INTO objects VALUES (?, ?)");
  const runs = new Map<string, RunRecord>();
  const changed = new Set<string>();

  const findRun = (id: string): RunRecord | undefined => {
    const known = runs.get(id);
    if (known !== undefined) return known;
    const row = selectRun.get(id);
    if (row === undefined) return undefined;
    const run = runFromRow(row);
    runs.set(id, run);
    return run;
  };

  return {
    run: findRun,

    approval(id) {
      const row = selectApproval.get(id);
      if (row === undefined) return undefined;
      return { run: String(row["run"]), step: String(row["step"]), decision: textOrNull(row["decision"]) };
    },

    hasObject: (reference) => selectObject.get(reference) !== undefined,

    apply(entry, stored) {
      if (entry.type === "object-recorded")
        insertObject.run(referenceOf(entry.data.kind, entry.data.digest), entry.seq);
      if (!("run" in entry)) return undefined;
      const before = entry.type === "run-started" ? undefined : findRun(entry.run);
      const after = foldRun(before, entry, stored);
      if (after !== undefined && after !== before) {
        runs.set(entry.run, after);
        changed.add(entry.run);
      }
      if (entry.type === "approval-requested") insertApproval.run(entry.data.approval, entry.run, entry.step);
      if (entry.type === "approval-decided") decideApproval.run(entry.data.decision, entry.data.approval);
      if (entry.type === "approval-revoked") decideApproval.run("revoked", entry.data.approval);
      if (entry.type === "step-intended" && entry.data.approval !== undefined)
        decideApproval.run("used", entry.data.approval);
      return after;
    },

    save() {
      for (const id of changed) {
        const run = runs.get(id);
        if (run !== undefined) upsertRun.run(...rowFromRun(run));
      }
      changed.clear();
      if (runs.size > MAX_RUNS_IN_MEMORY) runs.clear();
    },

    forget() {
      runs.clear();
      changed.clear();
    },
  };
}

/** The record of a row that was read with `SELECT *`. */
export function runFromRow(row: Record<string, SQLOutputValue>): RunRecord {
  return {
    startedSeq: Number(row["started_seq"]),
    id: String(row["id"]),
    kind: String(row["kind"]),
    name: String(row["name"]),
    version: String(row["version"]),
    status: String(row["status"]) as RunStatus,
    startedAt: String(row["started_at"]),
    endedAt: textOrNull(row["ended_at"]),
    process: String(row["process"]),
    by: String(row["by"]),
    reason: textOrNull(row["reason"]),
    leasesSince: typeof row["leases_since"] === "number" ? row["leases_since"] : null,
  };
}

function rowFromRun(run: RunRecord): (string | number | null)[] {
  return [
    run.startedSeq,
    run.id,
    run.kind,
    run.name,
    run.version,
    run.status,
    run.startedAt,
    run.endedAt,
    run.process,
    run.by,
    run.reason,
    run.leasesSince,
  ];
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
