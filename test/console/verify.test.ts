import { createHash } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Seen, verifyChain } from "../../src/console/ledger/verify-chain.ts";
import { verifyProof } from "../../src/console/ledger/verify-proof.ts";
import { canonicalJson } from "../../src/contract/json.ts";
import { ChainPage, LedgerHead, Proof } from "../../src/contract/rest/ledger.ts";
import type { z } from "zod";
import { openTestControl, runTo, type TestControl } from "../control/open.ts";
import { verifies } from "../requirements.ts";

verifies("console:verifies");

type Head = z.output<typeof LedgerHead>;
type Links = ChainPage["links"];

let control: TestControl;
let head: Head;
let links: Links;
let texts: Record<string, string>;

beforeAll(async () => {
  control = await openTestControl();
  const content = "long ".repeat(20_000);
  for (const path of ["a.txt", "b.txt"])
    await runTo(control, { target: "io.fs.write_file", inputs: { path, content } });
  await control.ask("POST", "/v1/ledger/checkpoint", {});
  await runTo(control, { target: "io.fs.read_file", inputs: { path: "a.txt" } });
  head = LedgerHead.parse((await control.ask("GET", "/v1/ledger")).body);
  const page = ChainPage.parse((await control.ask("GET", "/v1/ledger/chain?limit=1000")).body);
  ({ links, texts } = page);
});
afterAll(() => control[Symbol.asyncDispose]());

const PAGE = 7;

/** What the browser finds in a chain that comes in pages. */
async function verify(
  chain: Links,
  changes: { head?: Head; texts?: Record<string, string>; seen?: Seen } = {},
) {
  const progress: number[] = [];
  const report = await verifyChain({
    head: changes.head ?? head,
    seen: changes.seen,
    page: (after) => {
      const part = chain.slice(after, after + PAGE);
      const next = after + PAGE < chain.length ? after + PAGE : null;
      return Promise.resolve({
        previous: "",
        links: part,
        texts: after === 0 ? (changes.texts ?? texts) : {},
        next,
      });
    },
    onProgress: (entries) => progress.push(entries),
  });
  expect(progress.at(-1)).toBe(chain.length);
  return report;
}
const foundIn = async (...args: Parameters<typeof verify>) => [
  ...new Set((await verify(...args)).wrong.map(({ check }) => check)),
];

/** The chain as somebody would write it who has no key: every hash after the change is made again. */
function rehashed(chain: Links): Links {
  let previous = Buffer.alloc(32);
  return chain.map(({ text }, index) => {
    previous = createHash("sha256").update(previous).update(text).digest();
    return { seq: index + 1, text, hash: previous.toString("hex") };
  });
}

const changed = (at: number, change: (text: string) => string): Links =>
  links.map((link, index) => (index === at ? { ...link, text: change(link.text) } : link));

test("a whole ledger is whole, and what was computed is what the server has", async () => {
  const report = await verify(links);
  expect(report.wrong).toEqual([]);
  expect(report).toMatchObject({ entries: head.entries, head: head.head, key: head.verifier });
  expect(report.checkpointSize).toBeLessThan(report.entries);
  expect(Object.keys(texts).length).toBeGreaterThan(0);
});

const otherTime = (text: string) => text.replace(/"at":"20\d\d/, '"at":"1999');

test.for<[string, () => Promise<string[]>, string[]]>([
  ["an entry was changed", () => foundIn(changed(5, otherTime)), ["chain"]],
  [
    "its hash was changed",
    () => foundIn(links.with(5, { ...links[5]!, hash: "0".repeat(64) })),
    ["chain", "checkpoint"],
  ],
  ["the chain was made again after a change", () => foundIn(rehashed(changed(5, otherTime))), ["checkpoint"]],
  ["an entry was left out", () => foundIn(rehashed(links.toSpliced(5, 1))), ["canonical", "checkpoint"]],
  [
    "two were swapped",
    () => foundIn(rehashed(links.with(5, links[6]!).with(6, links[5]!))),
    ["canonical", "checkpoint"],
  ],
  [
    "it is not canonical",
    () => foundIn(rehashed(changed(3, (text) => text.replace("{", "{ ")))),
    ["canonical", "checkpoint"],
  ],
  ["it is no JSON", () => foundIn(rehashed(changed(3, () => "x"))), ["canonical", "checkpoint"]],
  [
    "a long text is another",
    () => foundIn(links, { texts: { [Object.keys(texts)[0]!]: "other" } }),
    ["texts"],
  ],
  [
    "the checkpoint says something else",
    () =>
      foundIn(links, {
        head: { ...head, checkpoint: { size: 3, note: head.checkpoint!.note.replace(/\n\d+\n/, "\n3\n") } },
      }),
    ["checkpoint"],
  ],
  [
    "a key comes in that the one before does not name",
    () => {
      const { data, ...entry } = JSON.parse(links[0]!.text) as { readonly data: object };
      const created = { ...entry, seq: links.length + 1, data: { ...data, publicKey: "other" } };
      return foundIn(rehashed([...links, { seq: 0, text: canonicalJson(created), hash: "" }]));
    },
    ["keys"],
  ],
  [
    "another key made the ledger",
    () => foundIn(rehashed(changed(0, (text) => text.replace(/\+[0-9a-f]{8}\+/, "+00000000+")))),
    ["checkpoint"],
  ],
])("%s: it is found", async ([, find, expected]) => {
  expect(await find()).toEqual(expected);
});

test("what this browser has seen before must still be there", async () => {
  const { entries: size, root, key } = await verify(links);
  const seen: Seen = { size, root, key, at: "2026-01-01T00:00:00.000Z" };
  expect(await foundIn(links, { seen })).toEqual([]);
  const checkpoint = null;
  expect(await foundIn(links.slice(0, -1), { seen, head: { ...head, checkpoint } })).toEqual(["seen"]);
  expect(await foundIn(links, { seen: { ...seen, root: "other" } })).toEqual(["seen"]);
  expect(await foundIn(links, { seen: { ...seen, key: "other" } })).toEqual(["seen"]);
});

test("a proof holds for its entry alone", async () => {
  const proof = Proof.parse((await control.ask("GET", "/v1/ledger/entries/5/proof")).body);
  const all = { hash: true, inclusion: true, signature: true };
  expect(await verifyProof(proof, head.verifier, 5)).toEqual(all);
  expect(await verifyProof({ ...proof, text: otherTime(proof.text) }, head.verifier, 5)).toMatchObject({
    hash: false,
    inclusion: false,
  });
  expect(await verifyProof({ ...proof, index: 5 }, head.verifier, 5)).toMatchObject({ inclusion: false });
  expect(await verifyProof({ ...proof, hashes: proof.hashes.slice(1) }, head.verifier, 5)).toMatchObject({
    inclusion: false,
  });
  // One that holds, of another entry than was asked for.
  expect(await verifyProof(proof, head.verifier, 6)).toEqual({ ...all, hash: false });
  const other = head.verifier.replace(/.$/, (char) => (char === "A" ? "B" : "A"));
  expect(await verifyProof(proof, other, 5)).toMatchObject({ signature: false, inclusion: false });
});
