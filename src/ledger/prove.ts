import { z } from "zod";

import { type Entry, KeyChange } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import { GENESIS, chainHash } from "./chain.ts";
import { leavesOf, openCheckpoint, openUnderAny } from "./checkpoint.ts";
import { keyChangesOf, successorsOf } from "./hand-over.ts";
import { inclusionProof, verifyInclusion } from "./merkle.ts";
import type { LedgerFile } from "./open-ledger.ts";

/** Shows that one entry, as it lies in the chain, belongs to a ledger whose checkpoint is signed. */
export const EntryProof = z.object({
  entry: z.looseObject({ seq: z.int() }),
  text: z
    .string()
    .optional()
    .describe("The entry as it is hashed; what counts is `entry`, made canonical again."),
  hash: z.string().optional(),
  previous: z.string().describe("Hash of the entry before, which this one is chained to."),
  index: z.int(),
  size: z.int(),
  hashes: z.array(z.string()).describe("From the leaf to the root; base64."),
  checkpoint: z.string(),
  keyChanges: z.array(KeyChange).default([]).describe("How the ledger came under the key of the checkpoint."),
});
export type EntryProof = z.output<typeof EntryProof>;

/** @throws ENTRY_UNKNOWN where there is no such entry, STATE_CONFLICT where no checkpoint covers it yet */
export function proveEntry(ledger: LedgerFile, seq: number): EntryProof & { text: string; hash: string } {
  const { database: db } = ledger;
  const row = db.prepare("SELECT entry, hash FROM entries WHERE seq = ?").get(seq);
  if (row === undefined) throw new RuntimeError("ENTRY_UNKNOWN", `The ledger has no entry ${seq}.`);
  const signed = db
    .prepare("SELECT size, note FROM checkpoints WHERE size >= ? ORDER BY size DESC LIMIT 1")
    .get(seq);
  if (signed === undefined)
    throw new RuntimeError("STATE_CONFLICT", `No signed checkpoint covers the entry ${seq} yet.`);
  const size = Number(signed["size"]);
  const [previous = GENESIS.hash] = seq === 1 ? [] : leavesOf(db, seq - 2, seq - 1);
  const hashes = inclusionProof((from, to) => leavesOf(db, from, to), seq - 1, size);
  return {
    entry: JSON.parse(String(row["entry"])) as Entry,
    text: String(row["entry"]),
    hash: Buffer.from(row["hash"] as Uint8Array).toString("hex"),
    previous: Buffer.from(previous).toString("hex"),
    index: seq - 1,
    size,
    hashes: hashes.map((hash) => Buffer.from(hash).toString("base64")),
    checkpoint: String(signed["note"]),
    keyChanges: keyChangesOf(db),
  };
}

/**
 * Returns where the proof holds; nothing but the verifier key is needed, or one that the ledger was under before.
 *
 * @throws LEDGER_CORRUPT, CONTENT_INVALID where it is no proof
 */
export function verifyProof(given: unknown, publicKey: string): EntryProof {
  const { success, data: proof, error } = EntryProof.safeParse(given);
  if (!success) throw new RuntimeError("CONTENT_INVALID", `It is no proof: ${z.prettifyError(error)}`);
  const trusted = successorsOf(publicKey, proof.keyChanges);
  const checkpoint =
    openUnderAny(proof.checkpoint, trusted.slice(1)) ?? openCheckpoint(proof.checkpoint, publicKey);
  const leaf = chainHash(Buffer.from(proof.previous, "hex"), textOf(proof.entry));
  const hashes = proof.hashes.map((hash) => Buffer.from(hash, "base64"));
  const isIncluded =
    checkpoint.size === proof.size &&
    proof.entry.seq === proof.index + 1 &&
    verifyInclusion(leaf, proof.index, proof.size, hashes, checkpoint.root);
  if (isIncluded) return proof;
  throw new RuntimeError(
    "LEDGER_CORRUPT",
    `The entry ${proof.entry.seq} is not in the tree of the signed checkpoint.`,
  );
}

function textOf(entry: EntryProof["entry"]): string {
  try {
    return canonicalJson(entry);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("CONTENT_INVALID", `It is no proof: entry: ${why}`, { cause });
  }
}
