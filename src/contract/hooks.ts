import { z } from "zod";

import { HOOK_ROLES, HookDecision } from "./governor.ts";
import { PanicAction } from "./panic.ts";
import type { TraceParent } from "./watch.ts";

const Values = z.record(z.string(), z.unknown());
const Milliseconds = z.number().min(0);

const common = {
  trace_id: z.string().describe("Of the caller; without one the run's id."),
  quest_id: z.string().nullable(),
  workflow_id: z.string().describe("The run's id."),
  timestamp: z.string().describe("ISO 8601 UTC."),
  runtime_version: z.string(),
};

const Step = z.object({
  step_id: z.string().describe("The step's path: name, block/name or each[2]/name."),
  capability: z.string().nullable(),
  inputs: Values.describe("With templates resolved; a secret is ***REDACTED***."),
  risk: z.object({ level: z.string(), requires_handshake: z.boolean() }),
  step_type: z.string(),
  agent_name: z.string(),
  role: z.enum(HOOK_ROLES),
  attempt: z.int().min(1),
});

const Outcome = {
  started_at: z.string(),
  ended_at: z.string(),
  execution_time_ms: Milliseconds,
};

const HookError = z.object({ category: z.string(), code: z.string(), message: z.string() });

/** The body of a request to a governor. */
export const HookRequest = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("pre_execution"),
    ...common,
    workflow_spec: z.object({
      name: z.string(),
      version: z.string(),
      steps: z.array(
        z.object({
          step_id: z.string(),
          capability: z.string().nullable(),
          inputs: Values.describe("As the workflow says, with its templates."),
          risk: z.object({ level: z.string() }),
        }),
      ),
      constraints: z.object({ timeout_ms: Milliseconds, max_cost: z.number().nullable() }),
    }),
  }),
  z.object({
    event: z.literal("pre_step"),
    ...common,
    step: Step,
    resolved_context: z.object({ workspace_root: z.string(), user_id: z.string() }),
  }),
  z.object({
    event: z.literal("post_step"),
    ...common,
    step: Step,
    result: z.object({
      status: z.enum(["completed", "failed"]),
      ...Outcome,
      outputs: Values.nullable(),
      error: HookError.nullable(),
    }),
  }),
  z.object({
    event: z.literal("post_execution"),
    ...common,
    summary: z.object({
      status: z.string().describe("completed, failed or rolled_back."),
      ...Outcome,
      failure_category: z.string().nullable(),
    }),
  }),
  z.object({
    event: z.literal("on_panic"),
    ...common,
    action: PanicAction,
    reason: z.string(),
  }),
]);
export type HookRequest = Readonly<z.output<typeof HookRequest>>;

/** What a governor answers. Fields that are not named here are ignored. */
export const HookReply = z.object({
  decision: HookDecision,
  reason: z.string().nullish(),
  violation_id: z
    .string()
    .nullish()
    .describe("Of the governor's own rule; a DENY with it violates a constitution."),
  approval: z.object({ required: z.boolean(), approval_id: z.string().nullish() }).nullish(),
});
export type HookReply = Readonly<z.output<typeof HookReply>>;

/** An answer as the runtime takes it; `failed` names why the fail mode had to answer. */
export type HookAnswer = {
  readonly decision: HookDecision;
  readonly reason: string;
  readonly violation: string | null;
  readonly failed: string | null;
};

/** A governor, supplied from outside the engine. An error that it throws is a denial. `trace`: where the question belongs. */
export type Hooks = (
  request: HookRequest,
  signal?: AbortSignal,
  trace?: TraceParent,
) => Promise<HookAnswer> | HookAnswer;
