import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { PERSON, openTestLedger, plain, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { erase } from "./erase.ts";
import { exportJsonl } from "./export-jsonl.ts";
import { originOf } from "./note.ts";
import { proveEntry, verifyProof } from "./prove.ts";
import { verifyExport } from "./verify-export.ts";
import { verifyLedger } from "./verify.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:erasure");

const SECRET = "hunter22hunter22";

async function ledgerWithSecrets(path: string) {
  const { ledger, keys } = openTestLedger(path);
  const seqs: Record<string, number> = {};
  for (const run of ["a", "b"]) {
    await ledger.append(PERSON, runStarted(run));
    seqs[run] = (await ledger.append(PERSON, stepIntended(run, "s", { password: SECRET, file: "f" }))).seq;
    await ledger.append(PERSON, plain("run-completed", run));
  }
  await signCheckpoint(ledger, keys);
  const publicKey = keys.signer(originOf(ledger.id)).verifier;
  return { ledger, keys, seqs: { a: seqs["a"] ?? 0, b: seqs["b"] ?? 0 }, publicKey };
}

test("an erased run cannot be revealed any more, and every proof holds", async () => {
  using directory = scratch();
  const { ledger, keys, seqs, publicKey } = await ledgerWithSecrets(directory.path);
  const proof = proveEntry(ledger, seqs.a);
  const boxes = ledger.database.prepare("SELECT sealed FROM sealed WHERE subject = 'a'").all();

  const erased = await erase(ledger, keys.ring, PERSON, { run: "a" }, "asked for by the person");
  expect(erased.isLogEmptied).toBe(true);
  expect(erased.commitments).toHaveLength(1);
  expect(() => ledger.entry(seqs.a)).toThrow(expect.objectContaining({ code: "PLAINTEXT_ERASED" }));
  const [sealed] = ledger.entries({ run: "a", types: ["step-intended"], sealed: true });
  expect(sealed).toMatchObject({
    data: { inputs: { password: { $erased: erased.commitments[0] }, file: "f" } },
  });
  expect(ledger.entry(seqs.b)).toMatchObject({ data: { inputs: { password: SECRET } } });
  expect([...ledger.entries({ types: ["plaintext-erased"] })]).toMatchObject([
    { data: { subject: "a", reason: "asked for by the person", commitments: erased.commitments } },
  ]);

  for (const file of readdirSync(directory.path, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = readFileSync(join(file.parentPath, file.name));
    for (const row of boxes)
      expect(bytes.includes(Buffer.from(row["sealed"] as Uint8Array)), file.name).toBe(false);
  }
  expect(boxes).toHaveLength(1);

  verifyProof(proof, publicKey);
  await signCheckpoint(ledger, keys);
  expect(verifyLedger(ledger.path, { publicKey }).findings).toEqual([]);
  expect(verifyExport(exportJsonl(ledger), { publicKey }).findings).toEqual([]);
  await erase(ledger, keys.ring, PERSON, { run: "a" }, "again");
  expect(verifyLedger(ledger.path, { publicKey }).findings).toEqual([]);
  await ledger.close();
});

test("single values can be erased, and the others of the run stay", async () => {
  using directory = scratch();
  const { ledger, keys, seqs } = await ledgerWithSecrets(directory.path);
  const { seq } = await ledger.append(PERSON, stepIntended("a", "t", { password: SECRET }));
  const [row] = ledger.database
    .prepare("SELECT commitment FROM sealed WHERE subject = 'a' ORDER BY rowid")
    .all();
  await erase(ledger, keys.ring, PERSON, { commitments: [String(row?.["commitment"])] }, "wrong place");
  expect(() => ledger.entry(seqs.a)).toThrow(expect.objectContaining({ code: "PLAINTEXT_ERASED" }));
  expect(ledger.entry(seq)).toMatchObject({ data: { inputs: { password: SECRET } } });
  expect(verifyLedger(ledger.path).ok).toBe(true);
  await ledger.close();
});

test.for([
  ["that is not there", "none", "RUN_UNKNOWN"],
  ["that has not ended", "c", "STATE_CONFLICT"],
])("a run %s is not erased", async ([, run, code]) => {
  using directory = scratch();
  const { ledger, keys } = await ledgerWithSecrets(directory.path);
  await ledger.append(PERSON, runStarted("c"));
  const head = ledger.head();
  await expect(erase(ledger, keys.ring, PERSON, { run: run ?? "" }, "x")).rejects.toMatchObject({ code });
  expect(ledger.head()).toEqual(head);
  await ledger.close();
});

test("an erasure that was cut off is found, and can be asked for again", async () => {
  using directory = scratch();
  const { ledger, keys } = await ledgerWithSecrets(directory.path);
  ledger.database.exec(
    "CREATE TEMP TRIGGER stop BEFORE DELETE ON sealed BEGIN SELECT RAISE(ABORT, 'stopped'); END",
  );
  await expect(erase(ledger, keys.ring, PERSON, { run: "a" }, "x")).rejects.toMatchObject({
    code: "LEDGER_UNAVAILABLE",
  });
  expect(verifyLedger(ledger.path).findings).toMatchObject([
    { kind: "beside", message: expect.stringMatching(/was to be erased/) },
  ]);
  ledger.database.exec("DROP TRIGGER stop");
  await erase(ledger, keys.ring, PERSON, { run: "a" }, "x");
  expect(verifyLedger(ledger.path).findings).toEqual([]);
  await ledger.close();
});

test("a reader in another process keeps the log from being emptied, and the erasure says so", async () => {
  using directory = scratch();
  const { ledger, keys } = await ledgerWithSecrets(directory.path);
  ledger.database.exec("PRAGMA busy_timeout=10");
  const reader = openTestLedger(directory.path).ledger;
  const reading = reader.database.prepare("SELECT entry FROM entries").iterate();
  reading.next();
  expect(await erase(ledger, keys.ring, PERSON, { run: "a" }, "x")).toMatchObject({ isLogEmptied: false });
  for (const _row of reading);
  expect(await erase(ledger, keys.ring, PERSON, { run: "a" }, "x")).toMatchObject({ isLogEmptied: true });
  await Promise.all([ledger.close(), reader.close()]);
});
