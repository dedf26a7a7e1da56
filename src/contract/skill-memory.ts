import { z } from "zod";

import { Version } from "./capability.ts";

const Count = z.int().min(0);
const Share = z.number().min(0).max(1);

/** How one version of a capability has done. */
const CapabilityHistory = z.strictObject({
  capability: z.string(),
  version: z.string(),
  pack: z.string().nullable().describe("The pack through which it was last reached."),
  runs: Count.describe("Runs that called it."),
  calls: Count.describe("Steps that called it and came to an end, whatever number of attempts they took."),
  succeeded: Count,
  reliability: Share.nullable().describe("succeeded of calls; null where there were none."),
  retries: Count.describe("Attempts after the first."),
  recovered: Count.describe("Calls whose first attempt failed and a later one did not."),
  rollbacks: Count.describe("Runs that were rolled back because it failed."),
  asked: Count.describe("Approvals of it that a human decided."),
  rejected: Count,
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable().describe("Of attempts that succeeded."),
});
export type CapabilityHistory = Readonly<z.output<typeof CapabilityHistory>>;

/** Capabilities that follow each other often, two to five of them. */
const Pattern = z.strictObject({
  capabilities: z.array(z.string()).min(2).max(5),
  support: Count.describe("Traces that have it: a run, or calls of one principal close after each other."),
  confidence: Share.describe("Of the traces that have all but its last, how many have it."),
});
export type Pattern = Readonly<z.output<typeof Pattern>>;

export const SUGGESTION_KINDS = [
  "FIX",
  "SPLIT",
  "FREEZE",
  "PROMOTE",
  "DEPRECATE",
  "PACK_CREATE",
  "PACK_FREEZE",
] as const;

/** What skill memory would change. It changes nothing: a person proposes it, another one approves, a third does it. */
export const Suggestion = z.strictObject({
  id: z.string().describe("The same finding about the same thing has the same id."),
  kind: z.enum(SUGGESTION_KINDS),
  rule: z
    .string()
    .describe("What it was found by: reliability, rejected, rollback, timeout, retry, pattern, unused."),
  subject: z.strictObject({ name: z.string(), version: Version }),
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()),
  change: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("Values that it names, such as timeout_seconds."),
  next: z.string().describe("What somebody does once it is approved."),
});
export type Suggestion = Readonly<z.output<typeof Suggestion>>;

/** What `airun memory show` prints. */
export const SkillMemory = z.strictObject({
  runs: Count,
  seq: Count.describe("Newest entry of the ledger that counts."),
  capabilities: z.array(CapabilityHistory),
  patterns: z.array(Pattern),
  suggestions: z.array(Suggestion),
});
export type SkillMemory = Readonly<z.output<typeof SkillMemory>>;
