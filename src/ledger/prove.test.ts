import { expect, test } from "vitest";

import { PERSON, openTestLedger, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { originOf } from "./note.ts";
import { type EntryProof, proveEntry, verifyProof } from "./prove.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:verify");

async function signedLedger(path: string) {
  const { ledger, keys } = openTestLedger(path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.append(PERSON, stepIntended("a", "s", { password: "hunter22hunter22" }));
  await ledger.append(PERSON, stepIntended("a", "t"));
  await signCheckpoint(ledger, keys);
  return { ledger, keys, publicKey: keys.signer(originOf(ledger.id)).verifier };
}

test("every entry up to the checkpoint can be proved with the verifier key alone", async () => {
  using directory = scratch();
  const { ledger, publicKey } = await signedLedger(directory.path);
  for (let seq = 1; seq <= 6; seq++) {
    const proof = JSON.parse(JSON.stringify(proveEntry(ledger, seq))) as EntryProof;
    expect(proof.entry.seq).toBe(seq);
    expect(() => verifyProof(proof, publicKey)).not.toThrow();
  }
  expect(JSON.stringify(proveEntry(ledger, 5))).not.toContain("hunter22");
  await ledger.append(PERSON, stepIntended("a", "u"));
  expect(() => proveEntry(ledger, 7)).toThrow(expect.objectContaining({ code: "STATE_CONFLICT" }));
  expect(() => proveEntry(ledger, 8)).toThrow(/has no entry 8/);
  await ledger.close();
});

test.for<[string, (proof: EntryProof, other: EntryProof) => EntryProof]>([
  [
    "the entry was changed",
    (proof) => ({ ...proof, entry: { ...proof.entry, at: "2000-01-01T00:00:00.000Z" } }),
  ],
  ["the entry has another number", (proof) => ({ ...proof, index: proof.index + 1 })],
  ["the entry before was changed", (proof) => ({ ...proof, previous: "0".repeat(64) })],
  ["the path is of another entry", (proof, other) => ({ ...proof, hashes: other.hashes })],
  ["the size is not the checkpoint's", (proof) => ({ ...proof, size: proof.size - 1 })],
  [
    "the checkpoint was changed",
    (proof) => ({ ...proof, checkpoint: proof.checkpoint.replace("\n6\n", "\n7\n") }),
  ],
])("a proof does not hold when %s", async ([, change]) => {
  using directory = scratch();
  const { ledger, publicKey } = await signedLedger(directory.path);
  const proof = change(proveEntry(ledger, 4), proveEntry(ledger, 6));
  expect(() => verifyProof(proof, publicKey)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
  await ledger.close();
});

test.for<[string, (proof: EntryProof) => unknown, RegExp]>([
  ["nothing", () => undefined, /^It is no proof: /],
  ["a member is missing", (proof) => ({ ...proof, hashes: undefined }), /^It is no proof: [^]*hashes/],
  [
    "the entry holds what no ledger can",
    (proof) => ({ ...proof, entry: { ...proof.entry, at: "\ud800" } }),
    /^It is no proof: entry: /,
  ],
])("what is no proof says why: %s", async ([, change, message]) => {
  using directory = scratch();
  const { ledger, publicKey } = await signedLedger(directory.path);
  const given = change(proveEntry(ledger, 4));
  expect(() => verifyProof(given, publicKey)).toThrow(
    expect.objectContaining({ code: "CONTENT_INVALID", message: expect.stringMatching(message) as string }),
  );
  await ledger.close();
});

test("a proof does not hold under another key", async () => {
  using directory = scratch();
  using elsewhere = scratch();
  const { ledger } = await signedLedger(directory.path);
  const other = await signedLedger(elsewhere.path);
  expect(() => verifyProof(proveEntry(ledger, 4), other.publicKey)).toThrow(/no signature is by the key/);
  await Promise.all([ledger.close(), other.ledger.close()]);
});
