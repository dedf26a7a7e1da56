import { DatabaseSync } from "node:sqlite";

import { RuntimeError } from "../contract/errors.ts";
import { createBesideCheck } from "./beside-check.ts";
import { type Finding, type SignedNote, createChainCheck } from "./chain-check.ts";
import { inspectFile, memoryDatabase, unavailable } from "./database.ts";
import { createProjections } from "./projections.ts";
import { foldEntry, projectionRows } from "./rebuild.ts";
import { readable } from "./stored-value.ts";
import { witnessedNotes } from "./witness.ts";

export type Report = {
  readonly ok: boolean;
  readonly ledger: string | null;
  readonly entries: number;
  /** Signed checkpoints, and those of a witness, that were compared with the chain. */
  readonly checkpoints: number;
  readonly witnessed: number;
  readonly head: string;
  /** Key that the ledger is under at its end. */
  readonly publicKey: string | null;
  readonly findings: readonly Finding[];
};

export type VerifyOptions = {
  /** Verifier key that the ledger must be under, from a source other than the ledger. */
  readonly publicKey?: string;
  /** Witness file. Without one, entries cut off the end and an older copy cannot be noticed. */
  readonly witness?: string;
};

const MAX_FINDINGS = 1000;

/** Checks a ledger file as a whole, without its keys and without writing to it; what is wrong is in the report. */
export function verifyLedger(path: string, options: VerifyOptions = {}): Report {
  const findings = collectFindings();
  let db: DatabaseSync | undefined;
  try {
    if (!inspectFile(path)) throw new RuntimeError("LEDGER_CORRUPT", `There is no ledger ${path}.`);
    db = new DatabaseSync(path, { readOnly: true });
    // One moment of a ledger that others go on writing.
    db.exec("BEGIN");
    return verifyDatabase(db, options, findings);
  } catch (error) {
    const failure = unavailable(error, path);
    if (failure.code !== "LEDGER_CORRUPT") throw failure;
    findings.add({ seq: null, kind: "unreadable", message: failure.message });
    return { ok: false, ...NOTHING, findings: findings.list };
  } finally {
    db?.close();
  }
}

const NOTHING = { ledger: null, entries: 0, checkpoints: 0, witnessed: 0, head: "", publicKey: null };

export type Findings = { readonly list: Finding[]; readonly add: (finding: Finding) => void };

/** A list that keeps only as many findings as somebody reads. */
export function collectFindings(): Findings {
  const list: Finding[] = [];
  return {
    list,
    add(finding) {
      if (list.length < MAX_FINDINGS) list.push(finding);
    },
  };
}

function verifyDatabase(db: DatabaseSync, options: VerifyOptions, findings: Findings): Report {
  const own = db.prepare("SELECT note FROM checkpoints ORDER BY size").all();
  const checkpoints = own.map((row): SignedNote => ({ note: String(row["note"]), from: "checkpoint" }));
  const witnessed = witnessedNotes(options.witness, ledgerIdOf(db), findings.add);
  const check = createChainCheck(options.publicKey, [...checkpoints, ...witnessed], findings.add);
  const beside = createBesideCheck(db, findings.add);
  const rebuilt = memoryDatabase();
  const projections = createProjections(rebuilt);
  for (const row of db.prepare("SELECT seq, run, type, entry, hash FROM entries ORDER BY seq").iterate()) {
    const text = String(row["entry"]);
    const entry = check.add(text, Buffer.from(row["hash"] as Uint8Array).toString("hex"));
    if (entry === undefined) continue;
    beside.add(entry);
    const run = foldEntry(projections, text, readable);
    const agrees =
      row["seq"] === entry.seq && row["type"] === entry.type && row["run"] === (run?.startedSeq ?? null);
    if (!agrees)
      findings.add({
        seq: entry.seq,
        kind: "projection",
        message: "The columns do not agree with the entry.",
      });
  }
  projections.save();
  compareProjections(db, rebuilt, findings);
  beside.finish();
  const end = check.finish();
  const counts = { checkpoints: checkpoints.length, witnessed: witnessed.length };
  return { ok: findings.list.length === 0, ...end, ...counts, findings: findings.list };
}

function compareProjections(db: DatabaseSync, rebuilt: DatabaseSync, findings: Findings): void {
  const present = new Set(projectionRows(db).map(({ table, row }) => table + row));
  const expected = new Set(projectionRows(rebuilt).map(({ table, row }) => table + row));
  for (const row of expected)
    if (!present.has(row))
      findings.add({ seq: null, kind: "projection", message: `A row is missing or was changed: ${row}` });
  for (const row of present)
    if (!expected.has(row))
      findings.add({ seq: null, kind: "projection", message: `No entry leads to the row ${row}` });
}

function ledgerIdOf(db: DatabaseSync): string | undefined {
  const row = db
    .prepare("SELECT json_extract(entry, '$.data.id') AS id FROM entries WHERE seq = 1 AND json_valid(entry)")
    .get();
  return typeof row?.["id"] === "string" ? row["id"] : undefined;
}
