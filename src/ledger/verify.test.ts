import { randomUUID } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, expect, test } from "vitest";

import {
  FAILURE,
  PERSON,
  effectIntended,
  openTestLedger,
  plain,
  runStarted,
  stepCompleted,
  stepIntended,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { GENESIS, chainHash } from "./chain.ts";
import { formatCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { openKeys } from "./keys.ts";
import { EMPTY, rootOf } from "./merkle.ts";
import { originOf, signNote } from "./note.ts";
import { verifyLedger } from "./verify.ts";
import { witness } from "./witness.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:verify");

const directory = scratch();
const original = join(directory.path, "ledger.db");
const backup = join(directory.path, "backup.db");
const witnessFile = join(directory.path, "witness.txt");
let now = Date.UTC(2030, 0, 1);
const clock = { now: () => (now += 1000) };
let publicKey = "";
let id = "";

beforeAll(async () => {
  const { ledger, keys } = openTestLedger(directory.path, { clock });
  id = ledger.id;
  publicKey = keys.signer(originOf(id)).verifier;
  await ledger.append(PERSON, runStarted("a"));
  await ledger.append(
    PERSON,
    stepIntended("a", "s", { password: "hunter22hunter22", long: "x".repeat(20_000) }),
  );
  await signCheckpoint(ledger, keys);
  await ledger.close();
  cpSync(original, backup);

  const again = openTestLedger(directory.path, { clock }).ledger;
  await again.append(PERSON, effectIntended("a", "d/f"));
  await again.append(PERSON, stepCompleted("a", "s", { $literal: { done: true } }));
  await again.append(PERSON, {
    type: "run-failed",
    run: "a",
    data: { failure: { ...FAILURE, message: "token=0123456789abcdef" } },
  });
  await again.append(PERSON, runStarted("b"));
  witness(witnessFile, again, (await signCheckpoint(again, keys)) ?? "");
  await again.append(PERSON, plain("run-completed", "b"));
  await again.close();
});

afterAll(() => directory[Symbol.dispose]());

test("an untouched ledger has no findings, with or without key and witness", () => {
  const report = verifyLedger(original, { publicKey, witness: witnessFile });
  expect(report).toMatchObject({
    ok: true,
    ledger: id,
    entries: 10,
    checkpoints: 2,
    witnessed: 1,
    publicKey,
    findings: [],
  });
  expect(verifyLedger(original)).toMatchObject({ ok: true, witnessed: 0, findings: [] });
});

/** Changes entries as somebody can who has the file and knows the format: with the whole chain hashed anew. */
function rechain(
  db: DatabaseSync,
  change: (rows: { seq: number; entry: string }[]) => { seq: number; entry: string }[],
): void {
  const columns = db.prepare("SELECT seq, run, type FROM entries").all();
  const rows = db.prepare("SELECT seq, entry FROM entries ORDER BY seq").all();
  const changed = change(rows.map((row) => ({ seq: Number(row["seq"]), entry: String(row["entry"]) })));
  db.exec("DELETE FROM entries");
  let { hash } = GENESIS;
  for (const { seq, entry } of changed) {
    hash = chainHash(hash, entry);
    const column = columns.find((each) => each["seq"] === seq);
    db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?)").run(
      seq,
      column?.["run"] ?? null,
      column?.["type"] ?? "",
      entry,
      hash,
    );
  }
}

const edit = (seq: number, change: (entry: string) => string) => (db: DatabaseSync) =>
  rechain(db, (rows) => rows.map((row) => (row.seq === seq ? { seq, entry: change(row.entry) } : row)));
const sql =
  (...statements: string[]) =>
  (db: DatabaseSync) => {
    for (const statement of statements) db.exec(statement);
  };
const insertNote = (make: () => string) => (db: DatabaseSync) =>
  void db.prepare("INSERT INTO checkpoints VALUES (3, ?, x'')").run(make());

const kinds = (findings: readonly { kind: string }[]) =>
  [...new Set(findings.map(({ kind }) => kind))].sort();

// What an attacker does to the file, and what is found with the key, and with the witness file besides.
test.for<[string, (db: DatabaseSync) => void, string[], string[]?]>([
  ["a bit of an entry is flipped", sql("UPDATE entries SET entry = replace(entry, 'd/f', 'd/g')"), ["chain"]],
  ["an entry is changed and its hash too", (db) => changeWithHash(db), ["chain", "checkpoint"]],
  [
    "an entry is changed and the chain hashed anew",
    edit(4, (text) => text.replace("demo", "omed")),
    ["checkpoint", "projection"],
  ],
  [
    "an entry in the middle is deleted",
    sql("DELETE FROM entries WHERE seq = 5"),
    ["chain", "sequence", "checkpoint"],
  ],
  [
    "an entry is deleted and the chain hashed anew",
    (db) => rechain(db, (rows) => rows.filter(({ seq }) => seq !== 6)),
    ["sequence", "checkpoint"],
  ],
  ["entries are swapped", (db) => swap(db), ["chain", "sequence", "time", "checkpoint", "projection"]],
  ["an entry is not readable", edit(6, () => "{"), ["unreadable", "checkpoint"]],
  [
    "an entry is nested too deeply",
    edit(6, (text) => text.replace('"d/f"', "[".repeat(99_999) + "]".repeat(99_999))),
    ["unreadable", "checkpoint"],
  ],
  [
    "an entry's number is none",
    edit(6, (text) => text.replace('"seq":6', '"seq":"6"')),
    ["unreadable", "checkpoint"],
  ],
  [
    "a sealed value is said to be something else",
    edit(5, (text) => text.replace('"shape":"string"', '"shape":"cloud"')),
    ["checkpoint"],
  ],
  ["an entry is no object", edit(6, () => '{"seq":"6"}'), ["unreadable", "checkpoint"]],
  [
    "an entry is not canonical",
    edit(6, (text) => text.replace('"at"', ' "at"')),
    ["canonical", "checkpoint"],
  ],
  [
    "an entry has a lone surrogate",
    edit(6, (text) => text.replace("d/f", "\\ud800")),
    ["canonical", "checkpoint"],
  ],
  [
    "an entry has a member more",
    edit(6, (text) => text.replace('"v":1', '"v":1,"x":1')),
    ["canonical", "schema", "checkpoint"],
  ],
  [
    "an entry has another format",
    edit(6, (text) => text.replace('"v":1', '"v":2')),
    ["canonical", "schema", "checkpoint"],
  ],
  [
    "an entry breaks the schema",
    edit(6, (text) => text.replace('"op":"write"', '"op":"burn"')),
    ["schema", "checkpoint"],
  ],
  [
    "an entry has no time",
    edit(6, (text) => text.replace(/"at":"[^"]*"/, '"at":"yesterday"')),
    ["schema", "checkpoint"],
  ],
  [
    "the clock was rolled back",
    edit(8, (text) => text.replace(/"at":"\d{4}/, '"at":"1999')),
    ["time", "checkpoint", "projection"],
  ],
  [
    "an entry names an unknown principal",
    edit(8, (text) => text.replace(/"by":"[0-9a-f]{32}/, `"by":"${"0".repeat(32)}`)),
    ["schema", "checkpoint"],
  ],
  [
    "a second ledger begins in the middle",
    edit(9, () => firstEntryAt(9)),
    ["sequence", "time", "checkpoint", "projection"],
  ],
  [
    "the end is cut off, up to the last own checkpoint",
    sql("DELETE FROM entries WHERE seq > 9"),
    ["projection"],
    ["projection"],
  ],
  ["the end is cut off", cutTo(8), ["truncated"]],
  [
    "the end is cut off, with the checkpoints after it",
    (db) => (cutTo(8)(db), db.exec("DELETE FROM checkpoints WHERE size > 8")),
    [],
    ["truncated"],
  ],
  ["the ledger is an older copy", () => {}, [], ["truncated"]],
  [
    "a checkpoint's signature is changed",
    sql("UPDATE checkpoints SET note = replace(note, substr(note, -8, 2), 'AA')"),
    ["checkpoint"],
  ],
  ["a checkpoint is no note", insertNote(() => "nonsense"), ["checkpoint"]],
  [
    "a checkpoint is signed with an unknown key",
    insertNote(() =>
      signNote(
        formatCheckpoint({ origin: originOf(id), size: 3, root: GENESIS.hash }),
        foreignSigner(originOf(id)),
      ),
    ),
    ["checkpoint"],
  ],
  [
    "a checkpoint is of another ledger",
    insertNote(() =>
      signNote(
        formatCheckpoint({ origin: originOf("other"), size: 3, root: GENESIS.hash }),
        foreignSigner(originOf("other")),
      ),
    ),
    ["checkpoint"],
  ],
  ["a row of a run is changed", sql("UPDATE runs SET status = 'COMPLETED' WHERE id = 'a'"), ["projection"]],
  [
    "a row of a run is added",
    sql(
      "INSERT INTO runs SELECT 99, 'c', kind, name, version, status, started_at, ended_at, process, by, reason, leases_since FROM runs LIMIT 1",
    ),
    ["projection"],
  ],
  [
    "a column of an entry is changed",
    sql("UPDATE entries SET type = 'run-completed' WHERE seq = 7"),
    ["projection"],
  ],
  ["an entry is given to another run", sql("UPDATE entries SET run = 9 WHERE seq = 7"), ["projection"]],
  ["a sealed value is deleted", sql("DELETE FROM sealed"), ["beside"]],
  ["a long text is changed", sql("UPDATE texts SET text = 'other'"), ["beside"]],
  ["a long text is deleted", sql("DELETE FROM texts"), ["beside"]],
  [
    "the ledger has nothing in it",
    sql("DELETE FROM entries", "DELETE FROM checkpoints"),
    ["key", "projection"],
    ["key", "projection", "witness"],
  ],
])("it is found when %s", ([title, attack, found, withWitness]) => {
  const path = join(directory.path, "attacked.db");
  cpSync(title.includes("older copy") ? backup : original, path);
  const db = new DatabaseSync(path);
  db.exec("DROP TRIGGER entries_never_change; DROP TRIGGER entries_never_go");
  attack(db);
  db.close();
  const without = verifyLedger(path, { publicKey });
  expect(kinds(without.findings)).toEqual(found.sort());
  expect(without.ok).toBe(found.length === 0);
  if (withWitness === undefined) return;
  expect(kinds(verifyLedger(path, { publicKey, witness: witnessFile }).findings)).toEqual(withWitness.sort());
});

test("a checkpoint from before the first entry holds", () => {
  const path = join(directory.path, "early.db");
  cpSync(original, path);
  const db = new DatabaseSync(path);
  const signer = openKeys(join(directory.path, "home")).signer(originOf(id));
  const note = (root: Uint8Array) =>
    signNote(formatCheckpoint({ origin: originOf(id), size: 0, root }), signer);
  const insert = db.prepare("INSERT INTO checkpoints VALUES (0, ?, x'')");
  insert.run(note(rootOf(EMPTY)));
  expect(verifyLedger(path, { publicKey }).findings).toEqual([]);
  db.exec("DELETE FROM checkpoints WHERE size = 0");
  insert.run(note(GENESIS.hash));
  expect(verifyLedger(path, { publicKey }).findings).toMatchObject([{ kind: "checkpoint" }]);
  db.close();
});

test("the checkpoints of one ledger do not hold for another one, though it names the same key", () => {
  const path = join(directory.path, "renamed.db");
  cpSync(original, path);
  const db = new DatabaseSync(path);
  db.exec("DROP TRIGGER entries_never_change; DROP TRIGGER entries_never_go");
  edit(1, (text) => text.replace(id, randomUUID()))(db);
  db.close();
  expect(verifyLedger(path, { publicKey }).findings).toContainEqual({
    seq: null,
    kind: "checkpoint",
    message: `A signed note is of ${originOf(id)}.`,
  });
});

test("of very many findings only the first thousand are kept", () => {
  const path = join(directory.path, "many.db");
  cpSync(original, path);
  const db = new DatabaseSync(path);
  const insert = db.prepare("INSERT INTO checkpoints VALUES (?, 'nonsense', x'')");
  db.exec("BEGIN");
  for (let size = 100; size < 1200; size++) insert.run(size);
  db.exec("COMMIT");
  db.close();
  const { ok, findings } = verifyLedger(path, { publicKey });
  expect([ok, findings.length]).toEqual([false, 1000]);
});

test("it is found when the whole ledger is replaced by one under another key", async () => {
  using elsewhere = scratch();
  const { ledger, keys } = openTestLedger(elsewhere.path);
  await ledger.append(PERSON, runStarted("a"));
  await signCheckpoint(ledger, keys);
  await ledger.close();
  expect(verifyLedger(ledger.path, { publicKey }).findings).toMatchObject([{ kind: "key" }]);
  expect(verifyLedger(ledger.path, { witness: witnessFile }).findings).toMatchObject([{ kind: "witness" }]);
});

test.for<[string, (path: string) => void]>([
  ["there is no file", () => {}],
  ["the file is no ledger", (path) => writeFileSync(path, "x".repeat(5000))],
  ["the file is damaged", (path) => writeFileSync(path, damagedCopy())],
])("a report says so when %s", ([, plant]) => {
  const path = join(directory.path, "damaged.db");
  plant(path);
  expect(verifyLedger(path)).toMatchObject({ ok: false, entries: 0, findings: [{ kind: "unreadable" }] });
});

test("a ledger that cannot be opened is an error, not a finding", () => {
  const path = join(directory.path, "ledger.db", "below");
  expect(() => verifyLedger(path)).toThrow(expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }));
});

function changeWithHash(db: DatabaseSync): void {
  const [previous, row] = db
    .prepare("SELECT entry, hash FROM entries WHERE seq IN (5, 6) ORDER BY seq")
    .all();
  const entry = String(row?.["entry"]).replace("d/f", "d/g");
  const hash = chainHash(previous?.["hash"] as Uint8Array, entry);
  db.prepare("UPDATE entries SET entry = ?, hash = ? WHERE seq = 6").run(entry, hash);
}

function swap(db: DatabaseSync): void {
  db.exec(
    "UPDATE entries SET seq = -6 WHERE seq = 6; UPDATE entries SET seq = 6 WHERE seq = 7; UPDATE entries SET seq = 7 WHERE seq = -6",
  );
}

/** As somebody does who also puts the other tables right. */
function cutTo(seq: number): (db: DatabaseSync) => void {
  return (db) =>
    db.exec(`DELETE FROM entries WHERE seq > ${seq}; DELETE FROM runs WHERE started_seq > ${seq}`);
}

function firstEntryAt(seq: number): string {
  const db = new DatabaseSync(original, { readOnly: true });
  const text = String(db.prepare("SELECT entry FROM entries WHERE seq = 1").get()?.["entry"]);
  db.close();
  return text.replace('"seq":1', `"seq":${seq}`);
}

function foreignSigner(name: string) {
  return openKeys(join(directory.path, "foreign")).signer(name);
}

function damagedCopy(): Buffer {
  const path = join(directory.path, "copy.db");
  cpSync(original, path);
  const bytes = readFileSync(path);
  bytes.fill("x", 4096, 12_288);
  return bytes;
}
