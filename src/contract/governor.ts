import { z } from "zod";

import { Constraints } from "./constraints.ts";

/** What a governor is asked, and told. The last two are told alone: what has happened cannot be refused. */
export const HOOK_EVENTS = ["pre_execution", "pre_step", "post_step", "post_execution", "on_panic"] as const;

export const HookDecision = z.enum(["ALLOW", "DENY", "PAUSE"]);
export type HookDecision = z.output<typeof HookDecision>;

/** Why a step runs: forwards, or to take back or do again what a run did. */
export const HOOK_ROLES = ["step", "compensation", "global-compensation", "undo", "redo"] as const;

const PerStep = z.record(z.string(), HookDecision);

/** Decisions that are fixed before the run, by step name or path; what is not named is allowed. */
export const LocalDecisions = z.lazy(() =>
  z.strictObject({
    pre_execution: HookDecision.optional(),
    pre_step: PerStep.optional(),
    post_step: PerStep.optional(),
    on_step_result: PerStep.optional().describe("The older name of post_step."),
    post_execution: HookDecision.optional(),
    on_workflow_complete: HookDecision.optional().describe("The older name of post_execution."),
  }),
);
export type LocalDecisions = Readonly<z.output<typeof LocalDecisions>>;

/** What a run is held to that was planned from a quest. */
export const HeldQuest = z.lazy(() =>
  z.strictObject({
    kind: z.literal("quest"),
    quest: z.string(),
    constraints: Constraints,
    steps: z
      .array(
        z.strictObject({
          step: z.string(),
          capability: z.string().nullable(),
          approval: z.string().nullable().describe("The step before it that asks a human."),
        }),
      )
      .describe("The steps of the plan, in order."),
  }),
);
export type HeldQuest = Readonly<z.output<typeof HeldQuest>>;

/** Who governs a run. It is recorded with the run, so that whoever goes on with it asks the same governor. */
export const Governor = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("decisions"), decisions: LocalDecisions }),
    z.strictObject({
      kind: z.literal("http"),
      url: z.string(),
      timeoutMs: z.int().min(1),
      failMode: HookDecision.describe("Counts where no valid answer comes in time."),
    }),
    HeldQuest,
  ]),
);
export type Governor = Readonly<z.output<typeof Governor>>;
