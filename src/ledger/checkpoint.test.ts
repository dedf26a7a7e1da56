import { appendFileSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { PERSON, openTestLedger, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { formatCheckpoint, leavesOf, openCheckpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { verifiersOf } from "./hand-over.ts";
import { openKeys } from "./keys.ts";
import { EMPTY, addLeaves, rootOf } from "./merkle.ts";
import { originOf, signNote } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { readWitness, witness } from "./witness.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:checkpoint");

const fill = async (ledger: LedgerFile, from: number, to: number) => {
  const events = Array.from({ length: to - from }, (_, i) => stepIntended("a", `s${from + i}`));
  await Promise.all(events.map((event) => ledger.append(PERSON, event)));
};

test("a checkpoint is signed for all entries, however many were signed for before", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  for (const upTo of [1, 3, 4100]) {
    await fill(ledger, 0, upTo);
    const note = await signCheckpoint(ledger, keys);
    const { seq } = ledger.head();
    const checkpoint = openCheckpoint(note ?? "", keys.signer(originOf(ledger.id)).verifier);
    const root = rootOf(addLeaves(EMPTY, leavesOf(ledger.database, 0, seq)));
    expect(checkpoint).toEqual({ origin: originOf(ledger.id), size: seq, root });
    expect(await signCheckpoint(ledger, keys)).toBe(note);
  }
  await ledger.close();
});

test("without the ledger's key there is no checkpoint, and the ledger can be written all the same", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const foreign = openKeys(join(directory.path, "other-home"));
  expect(await signCheckpoint(ledger, foreign)).toBeUndefined();
  await ledger.append(PERSON, runStarted("a"));
  await ledger.close();
});

test("after a rotation the old key hands the ledger over to the new one", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const first = keys.signer(originOf(ledger.id)).verifier;
  await signCheckpoint(ledger, keys);
  keys.rotate();
  const second = keys.signer(originOf(ledger.id)).verifier;
  const note = await signCheckpoint(ledger, keys);
  expect(openCheckpoint(note ?? "", second).size).toBe(ledger.head().seq);
  expect(verifiersOf(ledger)).toEqual([first, second]);
  await ledger.close();
});

test.for<[string, string]>([
  ["a kept note was replaced", "UPDATE checkpoints SET note = 'x'"],
  ["a kept frontier was changed", "UPDATE checkpoints SET frontier = zeroblob(length(frontier))"],
  ["a kept size was changed", "UPDATE checkpoints SET size = size - 1"],
])("no checkpoint is signed on top when %s", async ([, sql]) => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await signCheckpoint(ledger, keys);
  ledger.database.exec(sql);
  await fill(ledger, 0, 1);
  await expect(signCheckpoint(ledger, keys)).rejects.toMatchObject({ code: "LEDGER_CORRUPT" });
  await ledger.close();
});

test("a locked ledger is unavailable for checkpoints too", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path, { busyTimeoutMs: 10 });
  const other = openTestLedger(directory.path).ledger;
  other.database.exec("BEGIN IMMEDIATE");
  await expect(signCheckpoint(ledger, keys)).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  other.database.exec("ROLLBACK");
  await Promise.all([ledger.close(), other.close()]);
});

const ROOT = Buffer.alloc(32, 7);

test.for<[string, string]>([
  ["has more lines", `${formatCheckpoint({ origin: "o", size: 1, root: ROOT })}extension\n`],
  ["has a size with a zero in front", `o\n01\n${ROOT.toString("base64")}\n`],
  ["has a negative size", `o\n-1\n${ROOT.toString("base64")}\n`],
  ["has a short root", `o\n1\n${ROOT.subarray(1).toString("base64")}\n`],
  ["is empty", ""],
])("a checkpoint is refused when it %s", ([, text]) => {
  expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
});

test("a witness file takes checkpoints of one history, each once", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const file = join(directory.path, "witness.txt");
  const notes = [];
  for (let i = 0; i < 3; i++) {
    await ledger.append(PERSON, runStarted(`run-${i}`));
    const note = (await signCheckpoint(ledger, keys)) ?? "";
    notes.push(note);
    witness(file, ledger, note);
    witness(file, ledger, note);
  }
  witness(file, ledger, notes[0] ?? "");
  expect(readWitness(file)).toEqual(notes);
  expect(readFileSync(file, "utf8")).toBe(notes.join(""));
  await ledger.close();
});

test("a witness file may serve several ledgers, and what others wrote into it is passed over", async () => {
  using directory = scratch();
  using elsewhere = scratch();
  const file = join(directory.path, "witness.txt");
  const one = openTestLedger(directory.path);
  const two = openTestLedger(elsewhere.path);
  for (const { ledger, keys } of [one, two, one]) {
    await ledger.append(PERSON, runStarted(`run-${ledger.head().seq}`));
    witness(file, ledger, (await signCheckpoint(ledger, keys)) ?? "");
  }
  const forged = { origin: originOf(one.ledger.id), size: 9_999, root: ROOT };
  appendFileSync(file, signNote(formatCheckpoint(forged), two.keys.signer(originOf(one.ledger.id))));
  await one.ledger.append(PERSON, runStarted("last"));
  witness(file, one.ledger, (await signCheckpoint(one.ledger, one.keys)) ?? "");
  expect(readWitness(file)).toHaveLength(5);
  await Promise.all([one.ledger.close(), two.ledger.close()]);
});

test.for<[string, (path: string) => Promise<void>]>([
  ["an older copy of the ledger", async () => {}],
  [
    "an older copy that went on",
    async (directory) => {
      const { ledger } = openTestLedger(directory);
      await Promise.all([1, 2, 3, 4].map((i) => ledger.append(PERSON, runStarted(`fork-${i}`))));
      await ledger.close();
    },
  ],
])("a witness file takes nothing from %s", async ([, goOn]) => {
  using directory = scratch();
  const file = join(directory.path, "witness.txt");
  const backup = join(directory.path, "backup");
  const { ledger, keys } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.close();
  cpSync(ledger.path, backup);

  const present = openTestLedger(directory.path).ledger;
  await fill(present, 0, 3);
  witness(file, present, (await signCheckpoint(present, keys)) ?? "");
  await present.close();
  const witnessed = readFileSync(file, "utf8");

  rmSync(ledger.path);
  cpSync(backup, ledger.path);
  await goOn(directory.path);
  const restored = openTestLedger(directory.path).ledger;
  const note = (await signCheckpoint(restored, keys)) ?? "";
  expect(() => witness(file, restored, note)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
  expect(readFileSync(file, "utf8")).toBe(witnessed);
  await restored.close();
});

test("a note of another key is not witnessed", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const file = join(directory.path, "witness.txt");
  const foreign = openKeys(join(directory.path, "other")).signer(originOf(ledger.id));
  const note = signNote(formatCheckpoint({ origin: originOf(ledger.id), size: 2, root: ROOT }), foreign);
  expect(() => witness(file, ledger, note)).toThrow(/not signed with the ledger's key/);
  expect(() => statSync(file)).toThrow(/ENOENT/);
  await ledger.close();
});

test("a witness file that cannot be read or written is an error", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const note = (await signCheckpoint(ledger, keys)) ?? "";
  writeFileSync(join(directory.path, "file"), "");
  expect(() => witness(directory.path, ledger, note)).toThrow();
  expect(() => witness(join(directory.path, "missing", "w"), ledger, note)).toThrow(
    expect.objectContaining({ code: "FILE_NOT_FOUND" }),
  );
  await ledger.close();
});

test("a checkpoint of another log is refused", () => {
  using directory = scratch();
  const signer = openKeys(directory.path).signer("ai-first-runtime/one");
  const note = signNote(formatCheckpoint({ origin: "ai-first-runtime/two", size: 0, root: ROOT }), signer);
  expect(() => openCheckpoint(note, signer.verifier)).toThrow(/is of ai-first-runtime\/two/);
});
