import { z } from "zod";

import { CATEGORIES } from "./errors.ts";

const Id = z.string().min(1);
const Time = z.string().describe("ISO 8601 UTC with milliseconds and Z.");
const Values = z.record(z.string(), z.unknown());

const RecordError = z.object({
  category: z.enum(Object.keys(CATEGORIES) as [keyof typeof CATEGORIES]).describe("Decides the exit code."),
  message: z.string(),
  details: z.unknown().describe("What the error names, or null."),
  recoverable: z.boolean().describe("Somebody's decision can make it succeed."),
  retryable: z.boolean().describe("The same call may succeed later."),
  code: z.string().describe("Of the error catalogue; PAUSED for a run that waits."),
  hint: z.string().describe("What to do."),
});
export type RecordError = Readonly<z.output<typeof RecordError>>;

const Approval = z.object({
  id: Id,
  text: z.string().describe("What is approved, as the runtime rendered it."),
  approvers: z.array(z.string()),
  expiresAt: Time.nullable(),
});

export type ApprovalRecord = Readonly<z.output<typeof Approval>>;

/** What `bridge exec-capability` prints. */
export const ExecutionRecord = z.object({
  id: Id.describe("Of this record."),
  executionId: Id,
  traceId: Id,
  parentTraceId: z.string().nullable(),
  capabilityId: Id,
  capabilityName: Id.describe("The capability, as it was looked up."),
  input: Values,
  output: z.unknown().describe("An object where the capability succeeded, else null."),
  status: z.enum(["success", "failure", "timeout"]),
  error: RecordError.nullable(),
  startTime: Time,
  endTime: Time,
  durationMs: z.number().min(0),
  userId: Id,
  metadata: Values.nullable(),
  runId: z.string().nullable().describe("The run in the ledger; null where none began."),
  approval: Approval.nullable().describe("What the run waits for; its id is for --approval."),
});
export type ExecutionRecord = Readonly<z.output<typeof ExecutionRecord>>;

const StepRecord = z.object({
  stepId: Id.describe("The step's path: name, block/name or each[2]/name."),
  stepName: Id,
  capabilityId: z.string().nullable(),
  agentName: z.string(),
  status: z.enum(["completed", "failed", "paused", "skipped", "running", "retrying"]),
  startedAt: Time.nullable(),
  completedAt: Time.nullable(),
  inputs: Values.nullable(),
  outputs: Values.nullable(),
  errorMessage: z.string().nullable(),
  executionOrder: z.int().min(1).describe("By start; unique in a record."),
  attempts: z.int().min(0),
  approval: Approval.nullable(),
});
export type StepRecord = Readonly<z.output<typeof StepRecord>>;

const WorkflowPart = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  status: z.enum(["running", "paused", "rolling_back", "completed", "failed", "rolled_back"]),
  createdAt: Time,
  updatedAt: Time,
  startedAt: Time,
  completedAt: Time.nullable(),
  errorMessage: z.string().nullable(),
  rollbackReason: z.string().nullable(),
  rollback: z.object({
    state: z.enum(["none", "complete", "incomplete"]),
    restored: z.array(z.string()),
    notRestored: z.array(z.string()).describe("A human must look at these."),
  }),
});

/** What `bridge exec-workflow`, `workflow-resume`, `workflow-cancel` and `workflow-rollback` print. */
export const WorkflowRecord = z.object({
  id: Id.describe("Of this record."),
  executionId: Id,
  traceId: Id,
  parentTraceId: z.string().nullable(),
  questId: z.string().nullable(),
  workflowExecutionId: z.string().nullable().describe("The run in the ledger; null where none began."),
  workflowName: z.string().nullable(),
  status: z.enum(["success", "failure", "paused", "rolled_back", "timeout", "unknown"]),
  error: RecordError.nullable(),
  startTime: Time,
  endTime: Time,
  workflow: WorkflowPart.nullable(),
  steps: z.array(StepRecord).describe("Those that began, by executionOrder."),
  userId: Id,
  metadata: Values.nullable().describe(
    "failureCategory where something failed, also where it was rolled back; and what --metadata-json said.",
  ),
});
export type WorkflowRecord = Readonly<z.output<typeof WorkflowRecord>>;
