import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openTestLedger, PERSON, PROCESS, runStarted } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import type { Entry } from "../contract/entry.ts";
import { openDatabase } from "./database.ts";
import { type LogSync, openLogSync } from "./log-sync.ts";
import { createReader } from "./read.ts";
import { createSealer } from "./seal.ts";
import { createWriter } from "./write.ts";

verifies("ledger:durable", "ledger:closed");

/** A writer whose waits for the disk end when the test says so. */
async function openHeld(directory: string) {
  const { ledger, keys } = openTestLedger(directory);
  const { id, path } = ledger;
  await ledger.close();
  const waits: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const log: LogSync = {
    sync: () => new Promise<void>((resolve, reject) => waits.push({ resolve, reject })),
    close: () => {},
  };
  const db = openDatabase(path, { busyTimeoutMs: 1000 });
  if (db === undefined) throw new Error("There is no ledger.");
  const sealer = createSealer(keys.ring);
  const reader = createReader(db, sealer);
  const writer = createWriter(db, reader, { path, id, process: PROCESS, clock: Date, sealer, log });
  const types = () => [...reader.entries()].map(({ type }) => type);
  return { waits, writer, types, [Symbol.dispose]: () => db.close() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("nobody is told before the log is on the disk, and then in the order of the entries", async () => {
  using directory = scratch();
  using held = await openHeld(directory.path);
  const told: string[] = [];
  const append = (run: string) =>
    held.writer.append(PERSON, runStarted(run)).then((entry: Entry) => told.push(`${run} ${entry.seq}`));
  const all = [append("a"), append("b")];
  await turn();
  all.push(append("c"));
  const flushed = held.writer.flush().then(() => told.push("flushed"));
  await turn();
  await turn();
  expect(held.types().filter((type) => type === "run-started")).toHaveLength(2);
  expect(told).toEqual([]);
  expect(held.waits).toHaveLength(1);
  held.waits[0]?.resolve();
  await turn();
  expect(told).toEqual(["a 4", "b 5"]);
  expect(held.types().filter((type) => type === "run-started")).toHaveLength(3);
  expect(held.waits).toHaveLength(2);
  const quiet = held.writer.flush().then(() => told.push("quiet"));
  await turn();
  expect(told).toHaveLength(2);
  held.waits[1]?.resolve();
  await Promise.all([...all, flushed, quiet]);
  expect(told.slice(2).sort()).toEqual(["c 6", "flushed", "quiet"]);
});

test("what could not be synced is told to nobody, and nothing is taken any more", async () => {
  using directory = scratch();
  using held = await openHeld(directory.path);
  const unavailable = expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }) as unknown;
  const first = held.writer.append(PERSON, runStarted("a"));
  await turn();
  const second = held.writer.append(PERSON, runStarted("b"));
  await turn();
  held.waits[0]?.reject(new Error("EIO: i/o error, fdatasync"));
  await expect(first).rejects.toEqual(unavailable);
  await expect(second).rejects.toEqual(unavailable);
  await expect(held.writer.append(PERSON, runStarted("c"))).rejects.toEqual(unavailable);
  await expect(held.writer.flush()).rejects.toEqual(unavailable);
  expect(held.waits).toHaveLength(1);
  expect(held.types().filter((type) => type === "run-started")).toHaveLength(1);
});

test("nor is what was written to the log beside what could not be synced", async () => {
  using directory = scratch();
  using held = await openHeld(directory.path);
  const asked = held.writer.sync();
  await turn();
  const appended = held.writer.append(PERSON, runStarted("a"));
  await turn();
  held.waits[0]?.reject(new Error("EIO: i/o error, fdatasync"));
  held.waits[1]?.resolve();
  for (const each of [asked, appended])
    await expect(each).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
});

test("a sync that is asked for during another one begins after it", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const log = openLogSync(ledger.path);
  const ended: number[] = [];
  const wait = (number: number) => log.sync().then(() => ended.push(number));
  await Promise.all([wait(1), wait(2), wait(3)]);
  await wait(4);
  expect(ended).toEqual([1, 2, 3, 4]);
  log.close();
  await expect(Promise.all([log.sync(), log.sync()])).rejects.toMatchObject({ code: "EBADF" });
  await ledger.sync();
  await ledger.close();
});

test("a link in the place of the log is not followed", async () => {
  using directory = scratch();
  const path = join(directory.path, "ledger.db");
  writeFileSync(join(directory.path, "elsewhere"), "");
  symlinkSync("elsewhere", `${path}-wal`);
  expect(() => openLogSync(path)).toThrow(`The log "${path}-wal"`);
  renameSync(`${path}-wal`, `${path}-link`);
  expect(() => openLogSync(path)).toThrow(expect.objectContaining({ code: "FILE_NOT_FOUND" }) as Error);
});
