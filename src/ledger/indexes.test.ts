import { DatabaseSync } from "node:sqlite";

import { afterAll, expect, test } from "vitest";

import { openTestLedger, PERSON, plain, runStarted } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { createReader } from "./read.ts";

verifies("ledger:listed-at-once");

const directory = scratch();
const { ledger } = openTestLedger(directory.path);
afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

/** How SQLite would answer what `read` asks of the ledger. */
function plansOf(read: (reader: ReturnType<typeof createReader>) => unknown): string[] {
  const asked: string[] = [];
  const { database } = ledger;
  const recording = new Proxy(database, {
    get: (db, name) =>
      name === "prepare" ? (sql: string) => (asked.push(sql), db.prepare(sql)) : Reflect.get(db, name),
  });
  const reader = createReader(recording, {} as never);
  asked.length = 0;
  read(reader);
  return asked.flatMap((sql) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
}

test.for([
  ["ROLLED_BACK", "runs_ended"],
  ["FAILED", "runs_ended"],
  ["COMPLETED", "runs_ended"],
  ["PAUSED", "runs_open"],
  ["RUNNING", "runs_open"],
] as const)("runs that are %s are found by an index, in their order", ([status, index]) => {
  const plans = plansOf((reader) => reader.runs({ status }));
  expect(plans[0]).toContain(index);
  expect(plans.join()).not.toContain("TEMP B-TREE");
});

test("what was asked of humans is found without looking at other entries", () => {
  const plans = plansOf((reader) => [...reader.entries({ types: ["approval-requested"], descending: true })]);
  expect(plans[0]).toContain("entries_of_approvals");
});

test("a ledger from before gets the indexes when it is opened, once, and keeps what it has", async () => {
  using older = scratch();
  const first = openTestLedger(older.path).ledger;
  await first.append(PERSON, runStarted("run-1"));
  await first.append(PERSON, plain("run-completed", "run-1"));
  await first.close();
  const raw = new DatabaseSync(first.path);
  raw.exec("DROP INDEX runs_ended; DROP INDEX entries_of_approvals");
  raw.close();

  const [again, beside] = [openTestLedger(older.path).ledger, openTestLedger(older.path).ledger];
  expect(again.runs({ status: "COMPLETED" }).map(({ id }) => id)).toEqual(["run-1"]);
  expect(beside.runs({ status: "COMPLETED" })).toHaveLength(1);
  await Promise.all([again.close(), beside.close()]);
});

test("a ledger that lacks only one of them is not taken for one of ours", async () => {
  using older = scratch();
  const first = openTestLedger(older.path).ledger;
  await first.close();
  const raw = new DatabaseSync(first.path);
  raw.exec("DROP INDEX runs_ended");
  raw.close();
  expect(() => openTestLedger(older.path)).toThrow(/has another format/);
});
