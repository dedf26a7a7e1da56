import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { RuntimeError, fromSystem } from "../contract/errors.ts";
import { syncDirectory } from "./private-file.ts";

// "AIFL" in ASCII: tells a ledger from any other SQLite file.
const APPLICATION_ID = 0x4149464c;
const FORMAT = 1;

/** These must stand in a query in the same words, so that SQLite takes the index that has them as its condition. */
export const HAS_ENDED = "status IN ('COMPLETED', 'FAILED', 'ROLLED_BACK')";
export const ASKS_FOR_APPROVAL = "type = 'approval-requested'";

// `entries.run` is `runs.started_seq`: half of the write volume of an index over the runs' random ids.
const SCHEMA = `
CREATE TABLE entries(seq INTEGER PRIMARY KEY, run INTEGER, type TEXT NOT NULL, entry TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX entries_by_run ON entries(run, seq) WHERE run IS NOT NULL;
CREATE INDEX entries_of_ledger ON entries(type) WHERE run IS NULL;
CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_never_go BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TABLE sealed(commitment TEXT PRIMARY KEY, subject TEXT NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX sealed_by_subject ON sealed(subject);
CREATE TABLE texts(hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, note TEXT NOT NULL, frontier BLOB NOT NULL) STRICT;
CREATE TABLE objects(reference TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs(started_seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL,
  version TEXT NOT NULL, status TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, process TEXT NOT NULL,
  by TEXT NOT NULL, reason TEXT, leases_since INTEGER) STRICT;
CREATE INDEX runs_open ON runs(started_seq) WHERE ended_at IS NULL;
CREATE TABLE approvals(id TEXT PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, decision TEXT) STRICT, WITHOUT ROWID;
`;

/** What later versions added for reading; a ledger from before gets it when it is opened. */
const INDEXES = `
CREATE INDEX runs_ended ON runs(status, started_seq) WHERE ${HAS_ENDED};
CREATE INDEX entries_of_approvals ON entries(seq) WHERE ${ASKS_FOR_APPROVAL};
`;

export type DatabaseOptions = { readonly busyTimeoutMs: number };

/**
 * Makes a ledger file that is complete from the moment it can be seen, with `fill` having written the first
 * entries. Where another process was quicker, that one's file stays.
 *
 * @throws LEDGER_UNAVAILABLE, DISK_FULL
 */
export function createDatabase(path: string, fill: (db: DatabaseSync) => void): void {
  const draft = `${path}.new-${randomBytes(8).toString("hex")}`;
  try {
    empty ??= makeEmpty(draft);
    writeFileSync(draft, empty, { mode: 0o600 });
    inDraft(draft, fill);
    syncFile(draft);
    publish(draft, path);
  } catch (error) {
    throw unavailable(error, path);
  } finally {
    discard(draft);
  }
}

// A file with the tables and nothing in them; every ledger that this process makes begins as a copy.
let empty: Buffer | undefined;

function makeEmpty(draft: string): Buffer {
  closeSync(openSync(draft, "wx", 0o600));
  inDraft(draft, (db) => {
    db.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${FORMAT}`);
    db.exec(SCHEMA + INDEXES);
  });
  return readFileSync(draft);
}

/** Nobody sees the draft: it need not survive anything before it is whole, and one sync makes it durable then. */
function inDraft(draft: string, write: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(draft);
  try {
    db.exec("PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL; BEGIN");
    write(db);
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
  syncDirectory(dirname(path));
}

function discard(draft: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) {
    try {
      unlinkSync(draft + suffix);
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw unavailable(error, draft);
    }
  }
}

/** Runs `write` with this care for the disk instead of the connection's own: with FULL, commits wait until they are on it. */
export function synchronously(db: DatabaseSync, mode: "NORMAL" | "FULL", write: () => void): void {
  const own = Number(db.prepare("PRAGMA synchronous").get()?.["synchronous"]);
  db.exec(`PRAGMA synchronous=${mode}`);
  try {
    write();
  } finally {
    db.exec(`PRAGMA synchronous=${own}`);
  }
}

/**
 * Opens a ledger file, or returns `undefined` where there is none. Nothing is written to a file that is no ledger.
 *
 * @throws LEDGER_CORRUPT, LEDGER_UNAVAILABLE
 */
export function openDatabase(path: string, options: DatabaseOptions): DatabaseSync | undefined {
  if (!inspectFile(path)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: options.busyTimeoutMs });
    db.exec("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON");
    inspectSchema(db, path);
    return db;
  } catch (error) {
    db?.close();
    throw unavailable(error, path);
  }
}

/**
 * Whether a ledger file lies at the path; nothing is opened. A workspace may come from a stranger: no link is
 * followed, and no foreign file is handed to SQLite, which would write to it when it is opened.
 *
 * @throws LEDGER_CORRUPT where something else lies there, LEDGER_UNAVAILABLE
 */
export function inspectFile(path: string): boolean {
  // The log first: a process that makes a ledger at this moment makes the file before it.
  const log = statOf(`${path}-wal`);
  const main = statOf(path);
  for (const [suffix, found] of Object.entries({ "": main, "-wal": log, "-shm": statOf(`${path}-shm`) }))
    if (found?.isFile() === false) throw corrupt(path + suffix, "is not a plain file");
  // SQLite would write it into the next ledger at this place.
  if (main === undefined && log !== undefined)
    throw corrupt(`${path}-wal`, "is of a ledger that is gone; move it away too");
  if (main === undefined) return false;
  const header = readHeader(path);
  // https://www.sqlite.org/fileformat.html §1.3
  const isSqlite = header.length === HEADER_BYTES && header.toString("latin1", 0, 16) === "SQLite format 3\0";
  if (!isSqlite || header.readUInt32BE(68) !== APPLICATION_ID) throw corrupt(path, "is not a ledger");
  const format = header.readUInt32BE(60);
  if (format !== FORMAT)
    throw corrupt(path, `has the format ${format}, and this version reads and writes ${FORMAT}`);
  return true;
}

const HEADER_BYTES = 100;

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    const file = openSync(path, "r");
    try {
      return header.subarray(0, readSync(file, header, 0, header.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unavailable(error, path);
  }
}

function statOf(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unavailable(error, path);
  }
}

/** The tables of a ledger, empty and in memory. */
export function memoryDatabase(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(SCHEMA + INDEXES);
  return db;
}

let expected: { readonly present: string; readonly older: string } | undefined;

// Foreign triggers or views would run inside our transactions.
function inspectSchema(db: DatabaseSync, path: string): void {
  expected ??= { present: schemaMadeBy(SCHEMA + INDEXES), older: schemaMadeBy(SCHEMA) };
  if (schemaOf(db) === expected.older) addIndexes(db, expected.older);
  if (schemaOf(db) !== expected.present) throw corrupt(path, "has another format than this version writes");
}

/** Unless another process was quicker. */
function addIndexes(db: DatabaseSync, older: string): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (schemaOf(db) === older) db.exec(INDEXES);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

function schemaMadeBy(statements: string): string {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(statements);
    return schemaOf(db);
  } finally {
    db.close();
  }
}

function schemaOf(db: DatabaseSync): string {
  return JSON.stringify(db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all());
}

function corrupt(path: string, what: string): RuntimeError {
  return new RuntimeError("LEDGER_CORRUPT", `The ledger ${path} ${what}.`);
}

// https://www.sqlite.org/rescode.html, primary result codes.
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** The catalogue's error for what SQLite or the file system threw while the ledger at `path` was used. */
export function unavailable(thrown: unknown, path: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  const message = `The ledger ${path} cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const options = { cause: thrown };
  if (thrown instanceof Error && "errcode" in thrown && typeof thrown.errcode === "number") {
    const code = thrown.errcode & 0xff;
    if (code === SQLITE_FULL) return new RuntimeError("DISK_FULL", message, options);
    if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB)
      return new RuntimeError("LEDGER_CORRUPT", message, options);
  }
  // What SQLite returned is not the JSON that was written.
  if (thrown instanceof SyntaxError) return new RuntimeError("LEDGER_CORRUPT", message, options);
  if (fromSystem(thrown).code === "DISK_FULL") return new RuntimeError("DISK_FULL", message, options);
  return new RuntimeError("LEDGER_UNAVAILABLE", message, options);
}

function isSystemError(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
