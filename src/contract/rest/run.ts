import { z } from "zod";

import { FailureSchema } from "../entry.ts";
import { PlannedChange } from "../planned-change.ts";

const Values = z.record(z.string(), z.unknown());
const Time = z.iso.datetime();

/** Statuses of a run, as records and REST write them. */
export const RUN_STATUSES = [
  "pending",
  "running",
  "paused",
  "rolling_back",
  "completed",
  "failed",
  "rolled_back",
] as const;
export const RunStatusName = z.enum(RUN_STATUSES);
export type RunStatusName = z.output<typeof RunStatusName>;

/** The same, as a caller may write them. */
export const RunStatusFilter = z.preprocess(
  (value) => (typeof value === "string" ? value.toLowerCase() : value),
  RunStatusName.exclude(["rolling_back"]),
);

export const RunSummary = z
  .strictObject({
    run: z.string(),
    kind: z.enum(["capability", "workflow"]),
    name: z.string(),
    version: z.string(),
    status: RunStatusName,
    startedAt: Time,
    updatedAt: Time,
    endedAt: Time.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "RunSummary" });
export type RunSummary = z.output<typeof RunSummary>;

export const RunPage = z
  .strictObject({
    runs: z.array(RunSummary),
    next: z.string().nullable().describe("Give it as `cursor` for the next page; null after the last one."),
  })
  .meta({ id: "RunPage" });

const Step = z
  .strictObject({
    step: z
      .string()
      .describe("`name` at the top, `block/name` in a block, `each[2]/name` in the third round."),
    type: z.string(),
    agent: z.string(),
    waitsFor: z.array(z.string()).describe("Steps beside it that must have ended before it begins."),
    capability: z.string().nullable(),
    status: z.enum(["pending", "ready", "running", "retrying", "waiting", "completed", "failed", "skipped"]),
    attempt: z.int(),
    executionOrder: z.int().nullable(),
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    inputs: Values.nullable(),
    outputs: Values.nullable(),
    failure: FailureSchema.nullable(),
  })
  .meta({ id: "Step" });

const ChangedPath = z
  .strictObject({
    kind: z.enum(["created", "changed", "deleted", "moved"]),
    path: z.string(),
    movedFrom: z.string().nullable(),
    size: z.int().nullable().describe("In bytes, of a file that is there now."),
  })
  .meta({ id: "ChangedPath" });

/** A run with what a person wants to know about it. In the place of each secret stands its seal. */
export const Run = z
  .strictObject({
    run: z.string(),
    kind: z.enum(["capability", "workflow"]),
    name: z.string(),
    version: z.string(),
    owner: z.string(),
    status: RunStatusName,
    attempt: z.int(),
    startedAt: Time,
    updatedAt: Time,
    endedAt: Time.nullable(),
    durationMs: z.number().nullable(),
    reason: z.string().nullable(),
    failure: FailureSchema.nullable(),
    rollback: z
      .strictObject({
        reason: z.string(),
        restored: z.array(z.string()),
        notRestored: z.array(z.string()),
      })
      .nullable(),
    inputs: Values,
    outputs: Values,
    steps: z.array(Step),
    changed: z.array(ChangedPath).describe("What it changed in the workspace and did not take back."),
    waiting: z.array(z.string()).describe("Steps that wait for an approval."),
    undoable: z.int().describe("How many of its effects are in force and have a way back."),
  })
  .meta({ id: "Run" });
export type Run = z.output<typeof Run>;

/** What somebody wants to run. */
export const StartRun = z
  .strictObject({
    target: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe("Id of a capability or name of a workflow; with a facade, one of its workflows."),
    facade: z.string().min(1).max(500).optional().describe("Facade through which it is asked for."),
    workflow: z
      .string()
      .min(1)
      .optional()
      .describe("Text of a workflow of one's own, in YAML or JSON, instead of a target."),
    inputs: Values.optional(),
    cwd: z
      .string()
      .max(4096)
      .optional()
      .describe("Directory below the workspace that the run is confined to."),
  })
  .meta({ id: "StartRun" });

export const StartedRun = z
  .strictObject({ run: z.string(), href: z.string().describe("Where the run is looked at.") })
  .meta({ id: "StartedRun" });

const Reason = z.string().trim().min(1).max(2000).describe("Why; it is recorded in the ledger.");

export const Order = z.strictObject({ reason: Reason }).meta({ id: "Order" });

export const CancelOrder = z
  .strictObject({
    reason: Reason,
    rollback: z.boolean().default(false).describe("Take back what it did."),
  })
  .meta({ id: "CancelOrder" });

export const UndoOrder = z
  .strictObject({
    reason: Reason,
    mode: z
      .enum(["strict", "merge", "force"])
      .default("strict")
      .describe("What happens where somebody changed a path since."),
    step: z.string().min(1).optional().describe("Only this step, and what is in it."),
  })
  .meta({ id: "UndoOrder" });

export const UndoSince = z
  .strictObject({
    since: z.iso
      .datetime()
      .describe("Every run that ended since then and completed is taken back, newest first."),
    reason: Reason,
    mode: z.enum(["strict", "merge", "force"]).default("strict"),
  })
  .meta({ id: "UndoSince" });

export const UndoneRuns = z.strictObject({ runs: z.array(z.string()).readonly() }).meta({ id: "UndoneRuns" });

export const RunDiff = z
  .strictObject({
    changes: z
      .array(
        z.strictObject({
          kind: z.enum(["created", "changed", "deleted", "moved"]),
          path: z.string(),
          movedFrom: z.string().nullable(),
          diff: z.string().nullable().describe("Unified diff of a text; null for anything else."),
        }),
      )
      .readonly(),
  })
  .meta({ id: "RunDiff" });

/** Of plans and of approvals. */
export const PlannedChangeShown = PlannedChange.readonly().meta({ id: "PlannedChange" });

export const PlanOfRun = z
  .strictObject({
    workflow: z.string(),
    version: z.string(),
    outcome: z.enum(["completes", "rolls-back", "fails", "unknown"]),
    steps: z
      .array(
        z.strictObject({
          step: z.string(),
          type: z.string(),
          capability: z.string().nullable(),
          risk: z.string().nullable(),
          undo: z.string().nullable(),
          sideEffects: z.array(z.string()).readonly(),
          inputs: Values.nullable(),
          decision: z.enum(["run", "ask", "deny", "skip", "fail", "unknown"]),
          note: z.string().nullable(),
          changes: z.array(PlannedChangeShown).readonly(),
        }),
      )
      .readonly(),
    changes: z.array(PlannedChangeShown).readonly(),
    warnings: z.array(z.string()).readonly(),
  })
  .meta({ id: "Plan" });

/** What somebody wants to know about before it runs. */
export const PlanRequest = StartRun.meta({ id: "PlanRequest" });
