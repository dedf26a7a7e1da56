import { z } from "zod";

import { RunStatusName } from "./run.ts";

/** The bodies of the older control API; a workflow's id there is a run's. */
export const OlderSummary = z
  .strictObject({
    workflow_id: z.string(),
    name: z.string(),
    status: RunStatusName,
    started_at: z.string(),
    updated_at: z.string(),
    current_step: z.string().nullable().describe("What is under way or waits; the first of several."),
    total_steps: z.int().describe("Steps at the top of the workflow."),
    completed_steps: z.int().describe("Those of them that are completed or skipped."),
    owner: z.string(),
  })
  .meta({ id: "OlderSummary" });
export type OlderSummary = z.output<typeof OlderSummary>;

export const OlderDetail = z
  .strictObject({
    workflow_id: z.string(),
    name: z.string(),
    status: RunStatusName,
    created_at: z.string(),
    updated_at: z.string(),
    started_at: z.string(),
    completed_at: z.string().nullable(),
    spec_yaml: z.string(),
    error_message: z.string().nullable(),
    rollback_reason: z.string().nullable(),
    current_step: z.string().nullable(),
    total_steps: z.int(),
    completed_steps: z.int(),
    owner: z.string(),
  })
  .meta({ id: "OlderDetail" });

export const OlderOrder = z
  .strictObject({
    workflow_id: z.string().describe("The same as in the path."),
    action: z.preprocess(
      (value) => (typeof value === "string" ? value.toUpperCase() : value),
      z.enum(["PAUSE", "RESUME"]),
    ),
    reason: z.string().trim().min(1).max(2000),
    emergency: z.boolean().default(false).describe("Recorded with the reason."),
  })
  .meta({ id: "OlderOrder" });

export const OlderReply = z
  .strictObject({
    workflow_id: z.string(),
    action: z.enum(["PAUSE", "RESUME"]),
    previous_status: RunStatusName,
    new_status: RunStatusName,
    controlled_by: z.string(),
    controlled_at: z.string(),
    audit_event_id: z.string().describe("Number of the ledger's entry."),
  })
  .meta({ id: "OlderReply" });
