import { z } from "zod";

import { CapabilityId, ObjectSchema, Risk, Version } from "./capability.ts";

const Inputs = z.record(z.string(), z.unknown());

export const Retry = z.lazy(() =>
  z.strictObject({
    max_attempts: z.int().min(1).max(100).describe("Attempts in all, the first included."),
    initial_delay_ms: z.int().min(0).default(200),
    max_delay_ms: z.int().min(0).default(30_000),
    backoff: z
      .number()
      .min(1)
      .default(2)
      .describe("Factor from one delay to the next; full jitter is applied to each."),
    retry_on: z
      .array(z.string())
      .optional()
      .describe("Error codes or categories; without it every retryable error."),
  }),
);

const Compensation = z.lazy(() =>
  z.strictObject({
    step_name: z.string().optional(),
    capability_name: CapabilityId,
    inputs: Inputs.default({}),
    description: z.string().optional(),
  }),
);

const Approval = z.lazy(() =>
  z.strictObject({
    approvers: z
      .array(z.string())
      .default([])
      .describe("Who may decide; empty for every principal that may approve."),
    timeout_seconds: z.number().positive().optional().describe("Unanswered for so long: rejected."),
  }),
);

/** A step's name: what templates and `depends_on` use. */
const StepName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "must be letters, digits, _ and -, and not begin with a digit");

const stepFields = () => ({
  name: StepName,
  agent_name: z.string().default(""),
  capability_name: z.string().optional(),
  inputs: Inputs.default({}),
  depends_on: z.array(z.string()).default([]),
  compensation: Compensation.optional(),
  approval_config: Approval.optional(),
  max_retries: z
    .int()
    .min(0)
    .max(99)
    .default(3)
    .describe("Retries after the first attempt, of retryable errors only."),
  retry: Retry.optional().describe("Instead of max_retries."),
  timeout_seconds: z
    .number()
    .positive()
    .default(300)
    .describe("Limit of one attempt; for a HUMAN_APPROVAL there is none."),
  description: z.string().optional(),
  risk_level: Risk.default("MEDIUM"),
  when: z.string().optional().describe("CEL; the step is skipped where it is false."),
  foreach: z
    .union([z.string(), z.array(z.unknown())])
    .optional()
    .describe("A list, or a template that gives one."),
  as: StepName.default("item").describe("Name of the present element of foreach."),
  max_concurrency: z.int().min(1).default(16).describe("Of foreach and PARALLEL."),
  idempotency_key: z.string().optional().describe("A template; given to the handler on every attempt."),
  condition: z.string().optional().describe("CEL of a CONDITION step."),
  workflow: z.string().optional().describe("Name of the sub-workflow of a WORKFLOW step."),
});

export const STEP_TYPES = [
  "ACTION",
  "HUMAN_APPROVAL",
  "CONDITION",
  "PARALLEL",
  "COMPENSATION",
  "WORKFLOW",
] as const;

const flatStep = () => z.strictObject({ ...stepFields(), step_type: z.enum(STEP_TYPES).default("ACTION") });

export type StepSpec = z.output<ReturnType<typeof flatStep>> & {
  /** Of PARALLEL, or of a step with foreach: what runs. */
  readonly steps?: StepSpec[] | undefined;
  /** Of CONDITION. */
  readonly then?: StepSpec[] | undefined;
  readonly else?: StepSpec[] | undefined;
};

const Steps = z.lazy(() => z.array(StepSpec)).optional();

export const StepSpec: z.ZodType<StepSpec, unknown> = z.lazy(() =>
  flatStep().extend({ steps: Steps, then: Steps, else: Steps }),
);

export const PolicyRule = z.lazy(() =>
  z.strictObject({
    rule_id: z.string().min(1),
    agent_name: z.string().default("*"),
    allowed_capabilities: z
      .array(z.string())
      .default([])
      .describe("Globs; empty allows all that is not denied."),
    denied_capabilities: z.array(z.string()).default([]),
    requires_approval_for: z.array(z.string()).default([]),
    allowed_environments: z.array(z.string()).default([]),
    max_retries: z.int().min(0).optional().describe("Cap of the retries of the steps the rule covers."),
    timeout_seconds: z.number().positive().optional().describe("Cap of their timeout."),
  }),
);

export const WorkflowSpec = z.lazy(() =>
  z.strictObject({
    workflow_id: z.string().optional(),
    name: z.string().min(1),
    version: Version,
    description: z.string().min(1),
    steps: z.array(StepSpec).min(1),
    inputs: ObjectSchema.optional().describe(
      "What a run of it takes, as a JSON Schema 2020-12; without it, anything.",
    ),
    initial_state: Inputs.default({}),
    metadata: z.strictObject({
      workflow_id: z.string().optional(),
      transaction_id: z.string().optional(),
      owner: z.string().min(1),
      business_unit: z.string().optional(),
      cost_center: z.string().optional(),
      compliance_tags: z.array(z.string()).default([]),
      status: z.string().optional(),
      created_at: z.string().optional(),
      updated_at: z.string().optional(),
      started_at: z.string().optional(),
      completed_at: z.string().optional(),
      audit_level: z.enum(["MINIMAL", "STANDARD", "FULL", "FORENSIC"]).default("STANDARD"),
      retention_days: z.int().min(1).default(90),
      environment: z.string().default("dev"),
      triggered_by: z.string().optional(),
      pack_id: z.string().optional(),
      pack_name: z.string().optional(),
      pack_version: z.string().optional(),
    }),
    policy: z.array(PolicyRule).default([]),
    global_compensation_steps: z.array(Compensation).default([]),
    max_execution_time_seconds: z
      .number()
      .positive()
      .default(3600)
      .describe("Of running; waiting for a human does not count."),
    enable_auto_rollback: z.boolean().default(true),
    unresolved: z
      .enum(["error", "keep"])
      .default("error")
      .describe("What an unresolved template is: an error, or literal text."),
  }),
);

export type WorkflowSpec = z.output<typeof WorkflowSpec>;
