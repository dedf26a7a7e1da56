import { hash } from "node:crypto";
import { closeSync, fdatasync, fsync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { promisify } from "node:util";

import { type LogSync, openLogSync } from "../src/ledger/log-sync.ts";
import type { Engine } from "./engine.ts";
import { FILE_NAME, hashFile, renderContent } from "./work.ts";

type Row = { readonly type: string; readonly step?: string; readonly bytes: number };

/** What one run of `load_test_quick` leaves in the ledger: types in order, and how long their canonical text is. */
const UP_TO_EFFECT: readonly Row[] = [
  { type: "run-started", bytes: 533 },
  { type: "step-intended", step: "get_time", bytes: 682 },
  { type: "step-completed", step: "get_time", bytes: 282 },
  { type: "step-intended", step: "render_content", bytes: 836 },
  { type: "step-completed", step: "render_content", bytes: 304 },
  { type: "step-intended", step: "write_file", bytes: 766 },
  { type: "effect-intended", step: "write_file", bytes: 438 },
];
const AFTER_EFFECT: readonly Row[] = [
  { type: "step-completed", step: "write_file", bytes: 263 },
  { type: "step-intended", step: "hash_file", bytes: 662 },
  { type: "step-completed", step: "hash_file", bytes: 422 },
  { type: "run-completed", bytes: 169 },
];

// The indexes are the ledger's own: by run, and the runs' ids.
const SCHEMA = `
CREATE TABLE entries(seq INTEGER PRIMARY KEY, run INTEGER, type TEXT NOT NULL, entry TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX entries_by_run ON entries(run, seq) WHERE run IS NOT NULL;
CREATE TABLE runs(started_seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL,
  version TEXT NOT NULL, status TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, process TEXT NOT NULL,
  by TEXT NOT NULL, reason TEXT, leases_since INTEGER) STRICT;
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
`;

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/** The same rows, waits for the disk and file work as one run of ours, with no engine around them. */
export function openLimitProbe(): Engine {
  let log: Log;
  let staging = "";
  return {
    durability:
      "node:sqlite WAL, one transaction for each turn of the event loop, its log synced beside the loop; no engine",
    survivesPowerCut: true,
    async start({ storage }) {
      staging = join(storage, "staging");
      mkdirSync(staging);
      log = new Log(join(storage, "log.db"));
    },
    async runOne(index, directory) {
      const run = crypto.randomUUID();
      const content = renderContent(`r${index}`, new Date().toISOString());
      const staged = join(staging, run);
      await Promise.all([writeDurably(staged, content), log.append(run, UP_TO_EFFECT)]);
      renameSync(staged, join(directory, FILE_NAME));
      await syncDirectory(directory);
      const digest = await hashFile(join(directory, FILE_NAME));
      await log.append(run, AFTER_EFFECT);
      return digest;
    },
    async stop() {
      log.close();
    },
  };
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = openSync(path, "wx");
  try {
    writeSync(file, content);
    await syncData(file);
  } finally {
    closeSync(file);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = openSync(path, "r");
  try {
    await syncAll(directory);
  } finally {
    closeSync(directory);
  }
}

type Queued = {
  readonly run: string;
  readonly rows: readonly Row[];
  resolve: () => void;
  reject: (error: unknown) => void;
};

class Log {
  readonly #db: DatabaseSync;
  readonly #insertEntry: StatementSync;
  readonly #insertRun: StatementSync;
  readonly #endRun: StatementSync;
  readonly #log: LogSync;
  readonly #startedSeq = new Map<string, number>();
  #queue: Queued[] = [];
  #seq = 0;
  #head = "";

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    // SQLite makes the log with the first access.
    this.#db.exec("SELECT count(*) FROM entries");
    this.#log = openLogSync(path);
    this.#insertEntry = this.#db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?)");
    this.#insertRun = this.#db.prepare(
      "INSERT INTO runs VALUES (?, ?, 'workflow', 'load_test_quick', '1.0.0', 'RUNNING', ?, NULL, ?, ?, NULL, NULL)",
    );
    this.#endRun = this.#db.prepare(
      "UPDATE runs SET status = 'COMPLETED', ended_at = ? WHERE started_seq = ?",
    );
  }

  append(run: string, rows: readonly Row[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ run, rows, resolve, reject });
      if (this.#queue.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const batch = this.#queue;
    this.#queue = [];
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const at = new Date().toISOString();
      for (const { run, rows } of batch) for (const row of rows) this.#write(run, row, at);
      this.#db.exec("COMMIT");
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#log.sync().then(
      () => {
        for (const { resolve } of batch) resolve();
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }

  #write(run: string, { type, step, bytes }: Row, at: string): void {
    const seq = ++this.#seq;
    const entry = { at, by: BY, data: { filler: "" }, run, seq, step, type };
    entry.data.filler = "x".repeat(Math.max(0, bytes - JSON.stringify(entry).length));
    const text = JSON.stringify(entry);
    this.#head = hash("sha256", this.#head + text);
    if (type === "run-started") {
      this.#startedSeq.set(run, seq);
      this.#insertRun.run(seq, run, at, PROCESS, BY);
    }
    const startedSeq = this.#startedSeq.get(run) ?? 0;
    this.#insertEntry.run(seq, startedSeq, type, text, Buffer.from(this.#head, "hex"));
    if (type !== "run-completed") return;
    this.#endRun.run(at, startedSeq);
    this.#startedSeq.delete(run);
  }

  close(): void {
    this.#db.close();
    this.#log.close();
  }
}

const BY = "0".repeat(32);
const PROCESS = "p-0000000000000000";
