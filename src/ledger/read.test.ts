import { afterAll, beforeAll, expect, test } from "vitest";

import { PERSON, openTestLedger, plain, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import type { EntryFilter } from "./ledger.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:durable", "ledger:closed");

const directory = scratch();
let now = Date.UTC(2030, 0, 1);
let ledger: LedgerFile;

// Entries 1 and 2 make the ledger, 3 records the principal; then come 300 runs of three entries, a second apart.
beforeAll(async () => {
  ({ ledger } = openTestLedger(directory.path, { clock: { now: () => now } }));
  for (let i = 0; i < 300; i++) {
    now = Date.UTC(2030, 0, 1) + i * 1000;
    const run = `run-${i}`;
    const events = [
      runStarted(run),
      stepIntended(run, "s"),
      ...(i % 2 === 0 ? [plain("run-completed", run)] : []),
    ];
    await Promise.all(events.map((event) => ledger.append(PERSON, event)));
  }
});

afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

test.for<[string, EntryFilter, (all: number[]) => number[]]>([
  ["all", {}, (all) => all],
  ["all, backwards", { descending: true }, (all) => all.toReversed()],
  ["after an entry", { afterSeq: 700 }, (all) => all.slice(700)],
  ["after an entry, backwards", { afterSeq: 10, descending: true }, (all) => all.slice(10).toReversed()],
  ["after the last", { afterSeq: 10_000 }, () => []],
  ["of a run", { run: "run-1" }, () => [7, 8]],
  ["of a run, backwards", { run: "run-1", descending: true }, () => [8, 7]],
  ["of no run", { run: "none" }, () => []],
  ["of a type", { types: ["ledger-created"] }, () => [1]],
  ["of two types in a run", { types: ["run-started", "run-completed"], run: "run-0" }, () => [4, 6]],
  ["of no type", { types: [] }, () => []],
  ["since a time", { since: "2030-01-01T00:04:58.000Z" }, (all) => all.slice(-5)],
  ["since a time with an offset", { since: "2030-01-01T01:04:59.000+01:00" }, (all) => all.slice(-2)],
  ["since the future", { since: "2040-01-01T00:00:00Z" }, () => []],
  ["since before the beginning", { since: "2020-01-01T00:00:00Z" }, (all) => all],
])("entries %s", ([, filter, expected]) => {
  const all = Array.from({ length: ledger.head().seq }, (_, index) => index + 1);
  expect([...ledger.entries(filter)].map(({ seq }) => seq)).toEqual(expected(all));
});

test("a time that is none is refused", () => {
  expect(() => [...ledger.entries({ since: "yesterday" })]).toThrow(/since: "yesterday" is not a time/);
});

test("runs come newest first, in pages, by status", () => {
  const first = ledger.runs({ limit: 2 });
  expect(first.map(({ id }) => id)).toEqual(["run-299", "run-298"]);
  expect(ledger.runs({ limit: 2, before: "run-298" }).map(({ id }) => id)).toEqual(["run-297", "run-296"]);
  expect(ledger.runs({ before: "run-0" })).toEqual([]);
  expect(ledger.runs({ before: "none" })).toEqual([]);
  expect(ledger.runs()).toHaveLength(100);
  expect(ledger.runs({ status: "COMPLETED", limit: 1000 })).toHaveLength(150);
  expect(ledger.runs({ status: "PAUSED" })).toEqual([]);
  expect(ledger.runs({ open: true, limit: 1000 })).toHaveLength(150);
  expect(ledger.runs({ open: true, limit: 1 })).toMatchObject([{ id: "run-299", endedAt: null }]);
});

test("an iteration sees what is appended while it goes on", async () => {
  const iterator = ledger.entries();
  iterator.next();
  const { seq } = await ledger.append(PERSON, stepIntended("run-1", "s"));
  expect([...iterator].at(-1)?.seq).toBe(seq);
});
