import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import {
  PERSON,
  openTestLedger,
  plain,
  runStarted,
  stepCompleted,
  stepIntended,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { exportJsonl } from "./export-jsonl.ts";
import { openKeys } from "./keys.ts";
import { originOf } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { verifyExport } from "./verify-export.ts";
import { witness } from "./witness.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:verify");

const directory = scratch();
const witnessFile = join(directory.path, "witness.txt");
let now = Date.UTC(2030, 0, 1);
const clock = { now: () => (now += 1000) };
let ledger: LedgerFile;
let publicKey: string;
let lines: string[];

beforeAll(async () => {
  const opened = openTestLedger(directory.path, { clock });
  ledger = opened.ledger;
  publicKey = opened.keys.signer(originOf(ledger.id)).verifier;
  const long = "long ".repeat(5000);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.append(PERSON, stepIntended("a", "s", { password: "hunter22hunter22", long }));
  await ledger.append(PERSON, stepCompleted("a", "s", { long, text: '"hash":"' }));
  await ledger.append(PERSON, plain("run-completed", "a"));
  witness(witnessFile, ledger, (await signCheckpoint(ledger, opened.keys)) ?? "");
  lines = [...exportJsonl(ledger)];
});

afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

test("an export has a header, every entry, and each long text once", () => {
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed.map((line) => Object.keys(line)[0])).toEqual([
    "format",
    ...Array(5).fill("entry"),
    "of",
    "entry",
    "entry",
  ]);
  expect(parsed[0]).toMatchObject({ ledger: ledger.id, origin: originOf(ledger.id), publicKey });
  for (const line of lines) expect(line.indexOf("\n")).toBe(line.length - 1);
});

test("an export is verified by itself, against the witness, and against the ledger", () => {
  const alone = verifyExport(lines, { publicKey });
  expect(alone).toMatchObject({
    ok: true,
    ledger: ledger.id,
    entries: 7,
    checkpoints: 1,
    witnessed: 0,
    findings: [],
  });
  const all = verifyExport(lines.join("").trimEnd().split("\n"), { publicKey, witness: witnessFile, ledger });
  expect(all).toMatchObject({ ok: true, witnessed: 1, head: ledger.head().hash, findings: [] });
});

const replaceLine = (index: number, change: (line: string) => string) => (all: string[]) =>
  all.with(index, change(all[index] ?? ""));
const header = (change: (line: string) => string) => replaceLine(0, change);

test.for<[string, (all: string[]) => string[], string[]]>([
  ["a bit is flipped", replaceLine(4, (line) => line.replace("demo", "demn")), ["chain"]],
  [
    "a hash is changed",
    replaceLine(4, (line) => line.replace(/"hash":"./, '"hash":"x')),
    ["export", "chain", "sequence", "truncated"],
  ],
  ["an entry is left out", (all) => all.toSpliced(4, 1), ["chain", "sequence", "truncated"]],
  [
    "entries are swapped",
    (all) => all.with(4, all[5] ?? "").with(5, all[4] ?? ""),
    ["chain", "checkpoint", "sequence", "time"],
  ],
  [
    "an entry is there twice",
    (all) => all.toSpliced(4, 0, all[4] ?? ""),
    ["chain", "sequence", "checkpoint"],
  ],
  ["the end is cut off", (all) => all.slice(0, -1), ["truncated"]],
  [
    "the end is cut off and the checkpoint too",
    (all) => header((line) => line.replace(/"checkpoint":.*\}/, '"checkpoint":null}'))(all.slice(0, -1)),
    ["checkpoint"],
  ],
  ["the header is left out", (all) => all.slice(1), ["checkpoint", "export"]],
  ["the header is there twice", (all) => [all[0] ?? "", ...all], ["export"]],
  [
    "the header names another key",
    header((line) => line.replace(publicKey.slice(-8), "AAAAAAA=")),
    ["export"],
  ],
  [
    "a long text is changed",
    (all) => all.map((line) => (line.startsWith('{"of"') ? line.replace("long ", "lang ") : line)),
    ["beside"],
  ],
  ["a long text is left out", (all) => all.filter((line) => !line.startsWith('{"of"')), ["beside"]],
  [
    "an entry cannot be read",
    replaceLine(4, (line) => line.replace('"seq":4', '"seq":"4"')),
    ["chain", "unreadable"],
  ],
  ["a line is no JSON", (all) => [...all, "{\n"], ["export"]],
  ["a line is something else", (all) => [...all, '{"a":1}\n', "[]\n"], ["export"]],
  ["there is nothing", () => [], ["export", "key"]],
])("it is found when %s", ([, change, found]) => {
  const { ok, findings } = verifyExport(change(lines), { publicKey });
  expect(ok).toBe(false);
  expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(found));
});

test("it is found when the witness has seen more", () => {
  const cut = lines.slice(0, -1).with(0, (lines[0] ?? "").replace(/"checkpoint":.*\}/, '"checkpoint":null}'));
  const kinds = verifyExport(cut, { publicKey, witness: witnessFile }).findings.map(({ kind }) => kind);
  expect(kinds).toContain("truncated");
});

test("it is found when the key is not the expected one", () => {
  const stranger = openKeys(join(directory.path, "stranger")).signer(originOf(ledger.id)).verifier;
  expect(verifyExport(lines, { publicKey: stranger }).findings).toMatchObject([{ kind: "key" }]);
});

test("it is found when the export is not the ledger's", async () => {
  using elsewhere = scratch();
  const other = openTestLedger(elsewhere.path);
  await other.ledger.append(PERSON, runStarted("a"));
  await signCheckpoint(other.ledger, other.keys);
  const key = other.keys.signer(originOf(other.ledger.id)).verifier;
  const before = [...exportJsonl(other.ledger)];
  await other.ledger.append(PERSON, stepIntended("a", "s"));
  expect(verifyExport(before, { publicKey: key }).ok).toBe(true);
  expect(verifyExport(before, { publicKey: key, ledger: other.ledger }).findings).toMatchObject([
    { kind: "export", message: expect.stringMatching(/that the export does not have/) },
  ]);
  const findings = verifyExport(lines, { publicKey, ledger: other.ledger }).findings;
  expect(new Set(findings.map(({ message }) => message))).toEqual(
    new Set(["The entry is not the one that the ledger has."]),
  );
  await other.ledger.close();
});
