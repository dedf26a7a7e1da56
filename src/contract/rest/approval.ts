import { z } from "zod";

import { ApprovalView } from "../approval.ts";
import { PlannedChangeShown } from "./run.ts";

const Reason = z.string().trim().min(1).max(2000).describe("Why; it is recorded in the ledger.");
const name = z.string().describe("Of the workflow or capability.");

/** An approval with what its list shows. */
export const ApprovalSummary = ApprovalView.omit({ full: true, changes: true, terms: true, answers: true })
  .extend({ name })
  .strict()
  .meta({ id: "ApprovalSummary" });

export const ApprovalPage = z
  .strictObject({
    approvals: z.array(ApprovalSummary),
    next: z.int().nullable().describe("Give it as `cursor` for the next page; null after the last one."),
  })
  .meta({ id: "ApprovalPage" });

export const Approval = ApprovalView.extend({
  name,
  changes: z
    .array(PlannedChangeShown)
    .nullable()
    .describe("What it would change; null where that was not worked out beforehand."),
  mayAnswer: z
    .strictObject({ approve: z.boolean(), reject: z.boolean(), why: z.string().nullable() })
    .describe("Whether whoever asks may answer, and why not."),
})
  .strict()
  .meta({ id: "Approval" });

export const ApprovalAnswer = z
  .strictObject({
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("`digest` of the approval as it was shown; the answer to another one is refused."),
    reason: Reason,
  })
  .meta({ id: "ApprovalAnswer" });

export const Verdict = z
  .strictObject({
    decision: z.enum(["approved", "rejected"]),
    reason: z.string().trim().min(1).max(2000),
    step: z.string().min(1).optional().describe("Which step, where several wait."),
  })
  .meta({ id: "Verdict" });
