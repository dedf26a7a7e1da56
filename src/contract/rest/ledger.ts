import { z } from "zod";

import { KeyChange, LedgerEvent } from "../entry.ts";

/** Types of entries, as a query names them. */
export const EntryTypes = z
  .array(z.enum(LedgerEvent.options.map((option) => option.shape.type.value)))
  .min(1);

/** One entry as the chain has it: secrets are seals. Its `data` is described on the reference page of entries. */
export const LedgerEntry = z
  .looseObject({
    seq: z.int(),
    at: z.iso.datetime(),
    by: z.string().describe("Digest of the recorded principal."),
    type: z.string(),
    run: z.string().optional(),
    step: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "LedgerEntry" });

export const EntryPage = z
  .strictObject({
    entries: z.array(LedgerEntry).readonly(),
    next: z.int().nullable().describe("Give it as `before` (or `after`, oldest first) for the next page."),
  })
  .meta({ id: "EntryPage" });

export const LedgerHead = z
  .strictObject({
    ledger: z.string(),
    entries: z.int(),
    head: z.string().describe("Hash of the newest entry."),
    verifier: z.string().describe("Key that signs the checkpoints."),
    origin: z.string().describe("Name of the log in its checkpoints."),
    keyChanges: z
      .array(KeyChange)
      .readonly()
      .describe("How the ledger came under that key; the first one's `previous` was the first key."),
    checkpoint: z
      .strictObject({ size: z.int(), note: z.string() })
      .nullable()
      .describe("The newest signed note (C2SP tlog-checkpoint), and how many entries it covers."),
  })
  .meta({ id: "LedgerHead" });

export const ChainPage = z
  .strictObject({
    previous: z
      .string()
      .describe("Hash of the entry before the first one here; 64 zeros before the first of all."),
    links: z.array(
      z.strictObject({
        seq: z.int(),
        text: z.string().describe("The entry as it is hashed: canonical JSON (RFC 8785), secrets sealed."),
        hash: z
          .string()
          .describe("SHA-256 of the 32 bytes of the previous hash and the text's bytes in UTF-8; in hex."),
      }),
    ),
    texts: z
      .record(z.string(), z.string())
      .describe("Long texts that stand beside the chain, by the SHA-256 that entries name them with."),
    next: z.int().nullable().describe("Give it as `after` for the next page; null at the end."),
  })
  .meta({ id: "ChainPage" });
export type ChainPage = z.output<typeof ChainPage>;

export const Proof = z
  .strictObject({
    entry: z.looseObject({ seq: z.int() }),
    text: z.string().describe("The entry as it is hashed: canonical JSON (RFC 8785)."),
    hash: z
      .string()
      .describe("SHA-256 of `previous` and `text`: the leaf of the tree (RFC 6962) is made of it."),
    previous: z.string(),
    index: z.int(),
    size: z.int(),
    hashes: z.array(z.string()),
    checkpoint: z.string(),
    keyChanges: z.array(z.unknown()),
  })
  .meta({ id: "Proof" });

export const Verification = z
  .strictObject({
    ok: z.boolean(),
    ledger: z.string().nullable(),
    entries: z.int(),
    checkpoints: z.int(),
    witnessed: z.int(),
    head: z.string(),
    publicKey: z.string().nullable(),
    findings: z
      .array(z.strictObject({ seq: z.int().nullable(), kind: z.string(), message: z.string() }))
      .readonly(),
  })
  .meta({ id: "Verification" });

export const Checkpoint = z
  .strictObject({ checkpoint: z.string().nullable().describe("The signed note; null where nothing is new.") })
  .meta({ id: "Checkpoint" });
