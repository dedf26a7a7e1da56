import { z } from "zod";

import { LedgerEvent } from "../entry.ts";

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
  })
  .meta({ id: "LedgerHead" });

export const Proof = z
  .strictObject({
    entry: z.looseObject({ seq: z.int() }),
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
