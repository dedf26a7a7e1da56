import type { Entry } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import { GENESIS, chainHash } from "./chain.ts";
import { leavesOf, openCheckpoint } from "./checkpoint.ts";
import { inclusionProof, verifyInclusion } from "./merkle.ts";
import type { LedgerFile } from "./open-ledger.ts";

/** Shows that one entry, as it lies in the chain, belongs to a ledger whose checkpoint is signed. */
export type EntryProof = {
  readonly entry: Entry;
  /** Hash of the entry before, which this one is chained to. */
  readonly previous: string;
  readonly index: number;
  readonly size: number;
  /** From the leaf to the root; base64. */
  readonly hashes: readonly string[];
  readonly checkpoint: string;
};

/** @throws INPUT_INVALID where there is no such entry, STATE_CONFLICT where no checkpoint covers it yet */
export function proveEntry(ledger: LedgerFile, seq: number): EntryProof {
  const { database: db } = ledger;
  const row = db.prepare("SELECT entry FROM entries WHERE seq = ?").get(seq);
  if (row === undefined) throw new RuntimeError("INPUT_INVALID", `seq: the ledger has no entry ${seq}.`);
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
    previous: Buffer.from(previous).toString("hex"),
    index: seq - 1,
    size,
    hashes: hashes.map((hash) => Buffer.from(hash).toString("base64")),
    checkpoint: String(signed["note"]),
  };
}

/**
 * Returns where the proof holds; nothing but the verifier key is needed.
 *
 * @throws LEDGER_CORRUPT
 */
export function verifyProof(proof: EntryProof, publicKey: string): void {
  const checkpoint = openCheckpoint(proof.checkpoint, publicKey);
  const leaf = chainHash(Buffer.from(proof.previous, "hex"), canonicalJson(proof.entry));
  const hashes = proof.hashes.map((hash) => Buffer.from(hash, "base64"));
  const isIncluded =
    checkpoint.size === proof.size &&
    proof.entry.seq === proof.index + 1 &&
    verifyInclusion(leaf, proof.index, proof.size, hashes, checkpoint.root);
  if (!isIncluded)
    throw new RuntimeError(
      "LEDGER_CORRUPT",
      `The entry ${proof.entry.seq} is not in the tree of the signed checkpoint.`,
    );
}
