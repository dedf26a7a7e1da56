import { z } from "zod";

export const OpenApproval = z
  .strictObject({
    run: z.string(),
    name: z.string().describe("Of the workflow or capability."),
    step: z.string(),
    text: z.string().describe("What is approved, as the runtime rendered it."),
    approvers: z.array(z.string()).describe("Who may decide; empty for everybody with the role."),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: "OpenApproval" });

export const OpenApprovals = z
  .strictObject({ approvals: z.array(OpenApproval) })
  .meta({ id: "OpenApprovals" });

export const Verdict = z
  .strictObject({
    decision: z.enum(["approved", "rejected"]),
    reason: z.string().trim().min(1).max(2000),
    step: z.string().min(1).optional().describe("Which step, where several wait."),
  })
  .meta({ id: "Verdict" });
