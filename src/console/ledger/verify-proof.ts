import { canonicalJson, isObject } from "../../contract/json.ts";
import type { Proof } from "../rest/operations.ts";
import { fromBase64, fromHex, hex, sha256, utf8 } from "./bytes.ts";
import { type Checkpoint, isHandOver, openCheckpoint, parseKey } from "./note.ts";
import { isIncluded } from "./tree.ts";

/** Whether each part of a proof holds, computed here: nothing but the verifier key is taken on trust. */
export type ProofReport = {
  readonly hash: boolean;
  readonly signature: boolean;
  readonly inclusion: boolean;
};

/** `seq`: the entry that it was asked for. */
export async function verifyProof(proof: Proof, trusted: string, seq: number): Promise<ProofReport> {
  const leaf = await sha256(fromHex(proof.previous), utf8(proof.text));
  const stated = await openUnder(proof, trusted);
  const hashes = proof.hashes.map(fromBase64);
  return {
    hash: hex(leaf) === proof.hash && isEntry(proof.text, seq) && proof.index === seq - 1,
    signature: stated !== undefined && stated.size === proof.size,
    inclusion: stated !== undefined && (await isIncluded(leaf, proof.index, proof.size, hashes, stated.root)),
  };
}

/** The entry that a server says it proves; what is no JSON is shown as it came. */
export function entryIn({ text }: Pick<Proof, "text">): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isEntry(text: string, seq: number): boolean {
  const entry = entryIn({ text });
  return isObject(entry) && entry["seq"] === seq && canonicalJson(entry) === text;
}

/** What the checkpoint states under the trusted key, or under one that it was handed over to. */
async function openUnder(
  { checkpoint, keyChanges }: Proof,
  trusted: string,
): Promise<Checkpoint | undefined> {
  let verifier = trusted;
  for (const change of [undefined, ...keyChanges]) {
    if (change !== undefined) {
      const { publicKey, previous, signature } = change as Readonly<Record<string, unknown>>;
      const next = String(publicKey);
      if (previous !== verifier || !(await isHandOver(verifier, next, String(signature)))) continue;
      verifier = next;
    }
    const key = await parseKey(verifier);
    const stated = key === undefined ? undefined : await openCheckpoint(checkpoint, key);
    if (stated !== undefined) return stated;
  }
  return undefined;
}
