import { z } from "zod";

import { Receipt } from "../decide.ts";
import { PolicySet } from "../policy-set.ts";

export const PolicyInForce = z
  .strictObject({ digest: z.string(), set: PolicySet.readonly() })
  .meta({ id: "PolicyInForce" });

/** A call that is thought of, or a run that was. */
export const Explain = z
  .strictObject({
    capability: z.string().min(1).max(500).optional().describe("How a call of it would be decided now."),
    inputs: z.record(z.string(), z.unknown()).optional(),
    run: z.string().min(1).max(200).optional().describe("Why its steps were decided as they were."),
    step: z.string().min(1).optional(),
  })
  .meta({ id: "Explain" });

export const Explanations = z
  .strictObject({
    explanations: z
      .array(
        z.strictObject({
          run: z.string().nullable(),
          step: z.string().nullable(),
          capability: z.string(),
          outcome: z.string(),
          rules: z.array(z.string()).readonly(),
          reason: z.string(),
          receipt: Receipt.readonly().nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Explanations" });

export const PolicyTest = z
  .strictObject({
    set: PolicySet.optional().describe("Without it, the one in force."),
    cases: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(1000)
      .describe("As `airun policy test` reads them."),
  })
  .meta({ id: "PolicyTest" });

export const PolicyTestResult = z
  .strictObject({
    ok: z.boolean(),
    policySet: z.string(),
    results: z
      .array(
        z.strictObject({
          name: z.string(),
          ok: z.boolean(),
          expected: z.string(),
          outcome: z.string(),
          rules: z.array(z.string()).readonly(),
          reason: z.string(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "PolicyTestResult" });

export const PolicyStage = z
  .strictObject({ set: PolicySet, reason: z.string().trim().min(1).max(2000) })
  .meta({ id: "PolicyStage" });

export const StagedPolicy = z
  .strictObject({ proposal: z.string(), policySet: z.string(), risk: z.string() })
  .meta({ id: "StagedPolicy" });

export const PolicyActivation = z
  .strictObject({
    policySet: z.string().min(1).max(100).describe("Digest of an approved set, or the id of its proposal."),
    reason: z.string().trim().min(1).max(2000),
  })
  .meta({ id: "PolicyActivation" });

export const PolicyWhatIf = z
  .strictObject({
    set: PolicySet.describe("What would decide."),
    runs: z.int().min(1).max(1000).default(100).describe("How many of the newest runs are looked at."),
  })
  .meta({ id: "PolicyWhatIf" });

const Verdict = z.strictObject({ outcome: z.string(), rules: z.array(z.string()).readonly() }).readonly();

export const PolicyDifferences = z
  .strictObject({
    before: z.string().describe("Digest of the set in force."),
    after: z.string().describe("Digest of the other one."),
    requests: z.int().describe("Recorded requests that both have decided."),
    differences: z
      .array(
        z
          .strictObject({
            seq: z.int(),
            run: z.string(),
            step: z.string(),
            capability: z.string(),
            before: Verdict,
            after: Verdict,
          })
          .readonly(),
      )
      .readonly(),
  })
  .meta({ id: "PolicyDifferences" });
