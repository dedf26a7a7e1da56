import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { expect, test } from "vitest";

import { PERSON, openTestLedger, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";
import type { KeyChange } from "../contract/entry.ts";
import { formatCheckpoint, leavesOf, signCheckpoint } from "./checkpoint.ts";
import { exportJsonl } from "./export-jsonl.ts";
import { handOver, handOverText, verifiersOf } from "./hand-over.ts";
import { openKeys } from "./keys.ts";
import { EMPTY, addLeaves, rootOf } from "./merkle.ts";
import { type Signer, originOf, signNote } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { proveEntry, verifyProof } from "./prove.ts";
import { verifyExport } from "./verify-export.ts";
import { verifyLedger } from "./verify.ts";

verifies("ledger:verify", "ledger:checkpoint");

/** A ledger with entries before and after two rotations, and its signers in the order of their time. */
async function rotatedLedger(path: string) {
  const { ledger, keys } = openTestLedger(path);
  const origin = originOf(ledger.id);
  const signers: Signer[] = [];
  for (const run of ["a", "b", "c"]) {
    if (run !== "a") keys.rotate();
    signers.push(keys.signer(origin));
    await ledger.append(PERSON, runStarted(run));
    await ledger.append(PERSON, stepIntended(run, "s"));
    await signCheckpoint(ledger, keys);
  }
  const [first, second, third] = signers as [Signer, Signer, Signer];
  return { ledger, keys, origin, first, second, third };
}

test("after rotations everything verifies under each of the keys, by the signature of the one before", async () => {
  using directory = scratch();
  const { ledger, first, second, third } = await rotatedLedger(directory.path);
  expect(verifiersOf(ledger)).toEqual([first, second, third].map(({ verifier }) => verifier));
  const exported = [...exportJsonl(ledger)];
  for (const { verifier: publicKey } of [first, second, third]) {
    const whole = { ok: true, findings: [], publicKey: third.verifier };
    expect(verifyLedger(ledger.path, { publicKey })).toMatchObject(whole);
    expect(verifyExport(exported, { publicKey })).toMatchObject(whole);
    for (let seq = 1; seq <= ledger.head().seq; seq++)
      expect(verifyProof(JSON.parse(JSON.stringify(proveEntry(ledger, seq))), publicKey)).toMatchObject({
        entry: { seq },
      });
  }
  await ledger.close();
});

test("a key that the ledger was never under is refused everywhere", async () => {
  using directory = scratch();
  const { ledger, origin } = await rotatedLedger(directory.path);
  const publicKey = openKeys(join(directory.path, "foreign")).signer(origin).verifier;
  expect(verifyLedger(ledger.path, { publicKey }).findings).toMatchObject([{ kind: "key" }]);
  expect(verifyExport(exportJsonl(ledger), { publicKey }).findings).toMatchObject([{ kind: "key" }]);
  expect(() => verifyProof(proveEntry(ledger, 2), publicKey)).toThrow(/no signature is by the key/);
  await ledger.close();
});

const signed = (by: Signer, change: Omit<KeyChange, "signature">, text = handOverText(change.publicKey)) => ({
  ...change,
  signature: Buffer.from(by.sign(text)).toString("base64"),
});

test.for<[string, (keys: Readonly<Record<"thief" | "other" | "present" | "former", Signer>>) => KeyChange]>([
  [
    "the new key itself signed",
    ({ thief, present }) => signed(thief, { publicKey: thief.verifier, previous: present.verifier }),
  ],
  [
    "a key signed that was replaced",
    ({ thief, former, present }) => signed(former, { publicKey: thief.verifier, previous: present.verifier }),
  ],
  [
    "the present key signed something else",
    ({ thief, present }) =>
      signed(present, { publicKey: thief.verifier, previous: present.verifier }, "something else"),
  ],
  [
    "the key is no key",
    ({ present }) => signed(present, { publicKey: "no verifier", previous: present.verifier }),
  ],
  [
    "the key is of another ledger",
    ({ other, present }) => signed(present, { publicKey: other.verifier, previous: present.verifier }),
  ],
])("a rotation is forged, and is refused, where %s", async ([, forge]) => {
  using directory = scratch();
  const { ledger, origin, second, third } = await rotatedLedger(directory.path);
  const foreign = openKeys(join(directory.path, "foreign"));
  const thief = foreign.signer(origin);
  const change = forge({ thief, other: foreign.signer("other"), present: third, former: second });
  await ledger.append(PERSON, { type: "key-changed", data: change });
  keepNote(ledger, origin, thief);
  expect(verifyLedger(ledger.path).findings).toMatchObject([{ kind: "key" }, { kind: "checkpoint" }]);
  const exported = [...exportJsonl(ledger)];
  expect(verifyExport(exported, { publicKey: third.verifier }).ok).toBe(false);
  expect(verifyExport(exported, { publicKey: thief.verifier }).ok).toBe(false);
  expect(() => verifyProof(proveEntry(ledger, 2), third.verifier)).toThrow(/no signature is by the key/);
  await ledger.close();
});

test("a stolen key that was replaced signs nothing that is newer", async () => {
  using directory = scratch();
  const { ledger, origin, first, second, third } = await rotatedLedger(directory.path);
  await ledger.append(PERSON, stepIntended("c", "forged"));
  keepNote(ledger, origin, first);
  const exported = [...exportJsonl(ledger)];
  for (const { verifier: publicKey } of [first, second, third]) {
    expect(verifyLedger(ledger.path, { publicKey }).findings).toMatchObject([{ kind: "checkpoint" }]);
    expect(verifyExport(exported, { publicKey }).ok).toBe(false);
  }
  await ledger.close();
});

test("a ledger that only a key from before has signed does not count as signed by the present one", async () => {
  using directory = scratch();
  const { ledger, third } = await rotatedLedger(directory.path);
  ledger.database.exec(
    "DELETE FROM checkpoints WHERE size > (SELECT min(seq) FROM entries WHERE type = 'key-changed')",
  );
  expect(verifyLedger(ledger.path).ok).toBe(true);
  expect(verifyLedger(ledger.path, { publicKey: third.verifier }).findings).toMatchObject([
    { kind: "checkpoint", message: expect.stringContaining(third.verifier) },
  ]);
  await ledger.close();
});

test("processes that hand a ledger over at the same time leave one hand-over", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const first = keys.signer(originOf(ledger.id)).verifier;
  await signCheckpoint(ledger, keys);
  keys.rotate();
  const script = `
    const { openTestLedger } = await import("./test/ledger-fixture.ts");
    const { signCheckpoint } = await import("./src/ledger/checkpoint.ts");
    const { ledger, keys } = openTestLedger(process.argv[1]);
    process.stdout.write("ready");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    await signCheckpoint(ledger, keys);
    await ledger.close();
    process.exit();`;
  const children = Array.from({ length: 5 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script, directory.path], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  await Promise.all(children.map((child) => once(child.stdout, "data")));
  const ends = children.map((child) => once(child, "close"));
  for (const child of children) child.stdin.write("go");
  expect(await Promise.all(ends)).toEqual(children.map(() => [0, null]));
  expect(verifiersOf(ledger)).toEqual([first, keys.signer(originOf(ledger.id)).verifier]);
  expect(verifyLedger(ledger.path, { publicKey: first })).toMatchObject({ ok: true, findings: [] });
  await ledger.close();
});

test("two connections that find a replaced key in one moment leave one hand-over, and fail in nothing", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const { ledger: other } = openTestLedger(directory.path);
  const first = keys.signer(originOf(ledger.id)).verifier;
  await signCheckpoint(ledger, keys);
  keys.rotate();
  const signer = keys.signer(originOf(ledger.id));
  await Promise.all([ledger, other].map((each) => handOver(each, keys, signer, PERSON)));
  expect(verifiersOf(ledger)).toEqual([first, signer.verifier]);
  const late = signed(signer, { publicKey: signer.verifier, previous: first });
  await expect(other.append(PERSON, { type: "key-changed", data: late })).rejects.toMatchObject({
    code: "STATE_CONFLICT",
  });
  await other.close();
  await ledger.close();
});

test("a key that was replaced while a ledger was away still hands it over, past those in between", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  const first = keys.signer(originOf(ledger.id)).verifier;
  for (let i = 0; i < 3; i++) keys.rotate();
  await signCheckpoint(ledger, keys);
  const present = keys.signer(originOf(ledger.id)).verifier;
  expect(verifiersOf(ledger)).toEqual([first, present]);
  expect(verifyLedger(ledger.path, { publicKey: first })).toMatchObject({ ok: true, publicKey: present });
  await ledger.close();
});

/** Keeps a checkpoint of all entries, as somebody does who has this key and can write the file. */
function keepNote(ledger: LedgerFile, origin: string, signer: Signer): void {
  const { database } = ledger;
  const { seq: size } = ledger.head();
  const tree = addLeaves(EMPTY, leavesOf(database, 0, size));
  const note = signNote(formatCheckpoint({ origin, size, root: rootOf(tree) }), signer);
  database.prepare("INSERT INTO checkpoints VALUES (?, ?, ?)").run(size, note, Buffer.concat(tree.roots));
}
