import { createHash, createPublicKey, verify } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { ChainPage, LedgerHead, Proof } from "../../src/contract/rest/ledger.ts";
import { PolicyDifferences, PolicyInForce } from "../../src/contract/rest/policy.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, type TestControl } from "./open.ts";

verifies("control:chain");

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl();
  const content = "long ".repeat(20_000);
  for (let i = 0; i < 4; i++)
    await runTo(control, { target: "io.fs.write_file", inputs: { path: `${i}.txt`, content } });
  await control.ask("POST", "/v1/ledger/checkpoint", {});
});
afterAll(() => control[Symbol.asyncDispose]());

const hashOf = (...parts: (Buffer | string)[]): Buffer => {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return sum.digest();
};

/** As RFC 6962 §2.1 has it, the plain way. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return hashOf(Buffer.of(0), leaves[0] ?? "");
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return hashOf(Buffer.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

/** Nothing of ours: what a program in a browser does with the same bytes. */
function isSigned(note: string, verifier: string): boolean {
  const [text = "", signature = ""] = note.split("\n\n");
  const key = Buffer.from(verifier.slice(verifier.indexOf("+", verifier.indexOf("+") + 1) + 1), "base64");
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.subarray(1).toString("base64url") };
  const bytes = Buffer.from(signature.trim().split(" ").at(-1) ?? "", "base64").subarray(4);
  return verify(null, Buffer.from(`${text}\n`), createPublicKey({ key: jwk, format: "jwk" }), bytes);
}

async function readChain(limit: number) {
  const links: ChainPage["links"] = [];
  const texts: Record<string, string> = {};
  for (let after: number | null = 0; after !== null;) {
    const answer = await control.ask("GET", `/v1/ledger/chain?after=${after}&limit=${limit}`);
    const page: ChainPage = ChainPage.parse(answer.body);
    expect(page.previous).toBe(links.at(-1)?.hash ?? "0".repeat(64));
    links.push(...page.links);
    Object.assign(texts, page.texts);
    after = page.next;
  }
  return { links, texts };
}

test("the chain is verified from its pages alone: every hash, the tree, the signature, the long texts", async () => {
  const { links, texts } = await readChain(7);
  const head = LedgerHead.parse((await control.ask("GET", "/v1/ledger")).body);
  let previous: Buffer = Buffer.alloc(32);
  const leaves: Buffer[] = [];
  for (const [index, { seq, text, hash }] of links.entries()) {
    expect(seq).toBe(index + 1);
    expect(JSON.parse(text)).toMatchObject({ seq });
    previous = hashOf(previous, text);
    expect(previous.toString("hex")).toBe(hash);
    leaves.push(previous);
  }
  expect(head).toMatchObject({ entries: links.length, head: links.at(-1)?.hash, keyChanges: [] });
  const { size = 0, note = "" } = head.checkpoint ?? {};
  const [origin, signedSize, root] = note.split("\n");
  expect([origin, signedSize]).toEqual([head.origin, String(size)]);
  expect(root).toBe(rootOf(leaves.slice(0, size)).toString("base64"));
  expect(isSigned(note, head.verifier)).toBe(true);
  expect(isSigned(note.replace(origin ?? "", "other"), head.verifier)).toBe(false);
  for (const [hash, text] of Object.entries(texts)) expect(hashOf(text).toString("hex")).toBe(hash);
  expect(Object.values(texts).join("")).toContain("long long");
});

test("a proof has the very bytes that were hashed", async () => {
  const proof = Proof.parse((await control.ask("GET", "/v1/ledger/entries/5/proof")).body);
  expect(hashOf(Buffer.from(proof.previous, "hex"), proof.text).toString("hex")).toBe(proof.hash);
  let at = hashOf(Buffer.of(0), Buffer.from(proof.hash, "hex"));
  let [index, last] = [proof.index, proof.size - 1];
  // RFC 9162 §2.1.3.2
  for (const encoded of proof.hashes) {
    const beside = Buffer.from(encoded, "base64");
    if (index % 2 === 1 || index === last) {
      at = hashOf(Buffer.of(1), beside, at);
      while (index % 2 === 0 && index > 0) [index, last] = [index >> 1, last >> 1];
    } else at = hashOf(Buffer.of(1), at, beside);
    [index, last] = [index >> 1, last >> 1];
  }
  expect(at.toString("base64")).toBe(proof.checkpoint.split("\n")[2]);
});

test.for(["", "/proof"])("an entry that there is not is not found (%s)", async (part) => {
  const answer = await control.ask("GET", `/v1/ledger/entries/999999${part}`);
  expect(Problem.parse(answer.body)).toMatchObject({ status: 404, code: "ENTRY_UNKNOWN" });
});

test("another policy set is held against what the newest runs asked for", async () => {
  const { digest, set } = PolicyInForce.parse((await control.ask("GET", "/v1/policies/active")).body);
  const stricter = {
    ...set,
    policies: { ...set.policies, no: 'forbid (principal, action == Action::"run", resource);' },
  };
  const compare = async (runs: number) =>
    PolicyDifferences.parse(
      (await control.ask("POST", "/v1/policies/what-if", { set: stricter, runs })).body,
    );
  const all = await compare(1000);
  expect(all).toMatchObject({ before: digest, requests: 4 });
  expect(all.differences.map(({ capability }) => capability)).toEqual(Array(4).fill("io.fs.write_file"));
  expect(all.differences[0]).toMatchObject({ before: { outcome: "allow" }, after: { outcome: "deny" } });
  expect(await compare(2)).toMatchObject({ requests: 2, differences: all.differences.slice(2) });
  const same = await control.ask("POST", "/v1/policies/what-if", { set });
  expect(PolicyDifferences.parse(same.body)).toMatchObject({ requests: 4, differences: [] });
});
