import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openTestLedger, PERSON, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";
import { historyRows } from "./history-rows.ts";
import { readMoment } from "./read-moment.ts";

verifies("ledger:verified-aside");

test("a moment holds what was there, whatever is written meanwhile, and nothing of it can be changed", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const reference = ledger.record(PERSON, "workflow", { name: "w" });
  await ledger.append(PERSON, runStarted("one"));
  await ledger.append(PERSON, stepIntended("one", "a"));
  readMoment(ledger.path, ({ database, object }) => {
    const types = () => [...historyRows(database)].map(({ type }) => type);
    expect(types()).toEqual(["run-started", "step-intended"]);
    expect(object(reference)).toEqual({ name: "w" });
    expect(object("nothing")).toBeUndefined();
    ledger.database.exec("DELETE FROM objects");
    expect(object(reference)).toEqual({ name: "w" });
    expect(() => database.exec("DELETE FROM entries")).toThrow(/readonly/);
  });
  await ledger.close();
});

test("history begins where it is asked for", async () => {
  using directory = scratch();
  let at = 0;
  const { ledger } = openTestLedger(directory.path, { clock: { now: () => at } });
  for (const [index, run] of ["one", "two", "three"].entries()) {
    at = index * 1000;
    await ledger.append(PERSON, runStarted(run));
  }
  const since = (time?: string) =>
    readMoment(ledger.path, ({ database }) => [...historyRows(database, time)].map(({ run }) => run));
  expect(since()).toEqual(["one", "two", "three"]);
  expect(since(new Date(1000).toISOString())).toEqual(["two", "three"]);
  expect(since(new Date(2001).toISOString())).toEqual([]);
  await ledger.close();
});

test("what is no ledger is said so", () => {
  using directory = scratch();
  const path = join(directory.path, "ledger.db");
  const reading = () => readMoment(path, ({ object }) => object("x"));
  expect(reading).toThrow(expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }));
  writeFileSync(path, "no database at all, and longer than a header of one is".repeat(10));
  expect(reading).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
});
