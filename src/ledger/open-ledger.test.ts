import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, test } from "vitest";

import { PERSON, openTestLedger, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import type { ErrorCode } from "../contract/errors.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:closed", "conditions:bad");

test("a new ledger has its first entries, and nobody else can read it", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const [created, recorded, ...rest] = [...ledger.entries()];
  const publicKey = keys.signer(`ai-first-runtime/${ledger.id}`).verifier;
  expect(created).toMatchObject({
    seq: 1,
    type: "ledger-created",
    data: { id: ledger.id, kind: "workspace", format: 1, publicKey },
  });
  expect(recorded).toMatchObject({ seq: 2, type: "object-recorded", data: { value: { service: "ledger" } } });
  expect(rest).toEqual([]);
  expect(ledger.object(created?.by ?? "")).toMatchObject({ service: "ledger" });

  await ledger.append(PERSON, runStarted("a"));
  for (const suffix of ["", "-wal", "-shm"]) expect(statSync(ledger.path + suffix).mode & 0o777).toBe(0o600);
  await ledger.close();
  expect(readdirSync(directory.path).sort()).toEqual(["home", "ledger.db"]);
});

test("what was appended is there after opening again", async () => {
  using directory = scratch();
  const first = openTestLedger(directory.path).ledger;
  await first.append(PERSON, runStarted("a"));
  const head = first.head();
  await first.close();
  const second = openTestLedger(directory.path).ledger;
  expect(second.id).toBe(first.id);
  expect(second.head()).toEqual(head);
  expect(await second.append(PERSON, stepIntended("a", "s"))).toMatchObject({ seq: head.seq + 1 });
  await second.close();
});

test.for<[string, (path: string) => void, ErrorCode]>([
  ["an empty file", (path) => writeFileSync(path, ""), "LEDGER_CORRUPT"],
  ["garbage", (path) => writeFileSync(path, "garbage ".repeat(1000)), "LEDGER_CORRUPT"],
  ["a directory", (path) => mkdirSync(path), "LEDGER_CORRUPT"],
  ["a link", (path) => symlinkSync("/etc/hostname", path), "LEDGER_CORRUPT"],
  ["another application's database", (path) => exec(path, "CREATE TABLE t(x)"), "LEDGER_CORRUPT"],
])("%s is no ledger, and is not written to", ([, plant, code]) => {
  using directory = scratch();
  const path = join(directory.path, "ledger.db");
  plant(path);
  const before = statSync(path, { bigint: true });
  expect(() => openTestLedger(directory.path)).toThrow(expect.objectContaining({ code }));
  const after = statSync(path, { bigint: true });
  expect([after.mtimeNs, after.size, after.ino]).toEqual([before.mtimeNs, before.size, before.ino]);
  expect(readdirSync(directory.path)).toEqual(["ledger.db"]);
});

test.for<[string, (path: string) => void]>([
  ["the file is cut in the middle", (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ["the header is overwritten", (path) => overwrite(path, 0, "nothing")],
  ["a page is overwritten", (path) => overwrite(path, 4096, "x".repeat(4096))],
  [
    "a trigger was added",
    (path) => exec(path, "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM runs; END"),
  ],
  ["a table has another column", (path) => exec(path, "ALTER TABLE runs ADD COLUMN extra TEXT")],
  [
    "the last entry was changed",
    (path) =>
      exec(
        path,
        "DROP TRIGGER entries_never_change; UPDATE entries SET entry = replace(entry, 'demo', 'omed'); CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
      ),
  ],
  [
    "all entries are gone",
    (path) =>
      exec(
        path,
        "DROP TRIGGER entries_never_go; DELETE FROM entries; CREATE TRIGGER entries_never_go BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
      ),
  ],
  ["its format is of a later version", (path) => exec(path, "PRAGMA user_version = 2")],
  ["its log alone is left", (path) => renameSync(path, `${path}-wal`)],
  ["the log beside it is a link", (path) => symlinkSync("/etc/hostname", `${path}-wal`)],
])("a ledger is not opened when %s", async ([, damage]) => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.close();
  damage(ledger.path);
  expect(() => openTestLedger(directory.path)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
});

test("a ledger of the other kind is refused", async () => {
  using directory = scratch();
  await openTestLedger(directory.path, { kind: "home" }).ledger.close();
  expect(() => openTestLedger(directory.path)).toThrow(/is a home ledger/);
});

test("entries can be neither changed nor deleted by SQL", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  expect(() => ledger.database.exec("UPDATE entries SET entry = ''")).toThrow(/append-only/);
  expect(() => ledger.database.exec("DELETE FROM entries")).toThrow(/append-only/);
  await ledger.close();
});

test("a missing directory is an error", () => {
  using directory = scratch();
  const path = join(directory.path, "missing", "ledger.db");
  expect(() => openTestLedger(directory.path, { path })).toThrow(
    expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }),
  );
  const below = join(directory.path, "file", "ledger.db");
  writeFileSync(join(directory.path, "file"), "");
  expect(() => openTestLedger(directory.path, { path: below })).toThrow(
    expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }),
  );
});

const refuse = () => {
  throw new Error("stopped in the middle");
};

test("a creation that was cut off leaves no ledger, and the next one makes it", async () => {
  using directory = scratch();
  expect(() => openTestLedger(directory.path, { publicKey: refuse })).toThrow(/stopped in the middle/);
  expect(readdirSync(directory.path)).toEqual([]);
  await openTestLedger(directory.path).ledger.close();
});

test("a ledger that another process made in the meantime stays", async () => {
  using directory = scratch();
  let winner: string | undefined;
  const { ledger } = openTestLedger(directory.path, {
    publicKey: () => {
      const other = openTestLedger(directory.path).ledger;
      winner = other.id;
      return "key";
    },
  });
  expect(ledger.id).toBe(winner);
  await ledger.close();
});

// The superuser may write everywhere; a child of another user must try.
test.skipIf(process.getuid?.() !== 0)("a ledger without write permission is unavailable", async () => {
  using directory = scratch();
  await openTestLedger(directory.path).ledger.close();
  chmodSync(directory.path, 0o555);
  chmodSync(join(directory.path, "ledger.db"), 0o444);
  const script = `process.setuid(65534);
    const { openLedger } = await import("./src/ledger/open-ledger.ts");
    const sealer = { addRecentSecret() {}, suspects: () => false, isSecret: () => false };
    try { openLedger({ path: ${JSON.stringify(join(directory.path, "ledger.db"))}, kind: "workspace", processId: "x", sealer, publicKey: () => "" }); console.log("opened"); }
    catch (error) { console.log(error.code); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect(stdout.trim(), stderr).toBe("LEDGER_UNAVAILABLE");
});

test("a copy of a ledger's file can be opened elsewhere", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.close();
  const elsewhere = join(directory.path, "elsewhere");
  mkdirSync(elsewhere);
  cpSync(ledger.path, join(elsewhere, "ledger.db"));
  const copy = openTestLedger(elsewhere).ledger;
  expect(copy.head()).toEqual(expect.objectContaining({ seq: 4 }));
  await copy.close();
});

function exec(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function overwrite(path: string, at: number, text: string): void {
  const bytes = readFileSync(path);
  bytes.write(text, at, "latin1");
  writeFileSync(path, bytes);
}
