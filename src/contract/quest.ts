import { z } from "zod";

import { Risk, Version } from "./capability.ts";
import { Constraints } from "./constraints.ts";

const Values = z.record(z.string(), z.unknown());
const Text = z.string().min(1).max(2000);
const MAX_GOALS = 50;

const NamedGoal = z
  .strictObject({
    goal: Text.optional().describe("What shall be done, in words, in English or Chinese."),
    capability: z.string().optional().describe("Instead of words: its id, or `id@range`."),
    workflow: z.string().optional().describe("Instead of words: the name of a workflow."),
    facade: z.string().optional().describe("Instead of words: the name of a facade."),
    name: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/, "must be lower-case letters, digits and _, and not begin with a digit")
      .optional()
      .describe("What later goals call its result."),
    inputs: Values.default({}).describe("Go before everything else that could fill an input."),
  })
  .refine(
    ({ goal, capability, workflow, facade }) =>
      [goal, capability, workflow, facade].filter((each) => each !== undefined).length === 1,
    "needs exactly one of goal, capability, workflow and facade",
  );

/** What somebody wants done, and within which limits: what a plan is made from. */
export const Quest = z.strictObject({
  quest_id: z.string().min(1).optional().describe("Default: `quest-` and a digest of the document."),
  intent: Text.describe("What it is for. Without `goals` it is the one goal."),
  goals: z
    .array(z.union([Text, NamedGoal]))
    .max(MAX_GOALS)
    .optional(),
  constraints: Constraints.default({
    approvals: [],
    allowed_capabilities: [],
    denied_capabilities: [],
  }),
  inputs: Values.default({}).describe("What goals and templates can name; recorded with the run."),
});
export type Quest = Readonly<z.output<typeof Quest>>;

export const TARGET_KINDS = ["capability", "workflow", "approval"] as const;

/** Something that a goal could mean. */
export const Candidate = z.strictObject({
  kind: z.enum(["capability", "workflow", "facade"]),
  name: z.string(),
  score: z.number().min(0).max(1),
  phrase: z.string().describe("The rule, trigger, example or description that it was compared with."),
});
export type Candidate = Readonly<z.output<typeof Candidate>>;

/** Why a step is in the plan. */
const QuestStep = z.strictObject({
  step: z.string().describe("Its name in the workflow."),
  goal: z.int().min(1).describe("Number of the goal that it serves, from 1."),
  text: z.string().describe("The goal."),
  kind: z.enum(TARGET_KINDS),
  target: z.string().describe("Id of the capability, name of the workflow, or the step that is asked about."),
  version: Version.nullable(),
  risk: Risk,
  score: z.number().min(0).max(1).describe("1: the goal says exactly this."),
  phrase: z.string().describe("What matched."),
  inputs: z
    .record(z.string(), z.string())
    .describe(
      "Where each input comes from: `goal`, `form` (what the sentence implies), `goal.inputs`, `quest.inputs.NAME`, `STEP.OUTPUT`, `constraints.NAME`.",
    ),
});
export type QuestStep = Readonly<z.output<typeof QuestStep>>;

export const REFUSALS = [
  "GOAL_UNKNOWN",
  "GOAL_AMBIGUOUS",
  "INPUT_MISSING",
  "INPUT_INVALID",
  "NOT_REACHABLE",
  "CAPABILITY_REFUSED",
  "RISK_TOO_HIGH",
  "HOST_REFUSED",
  "TIME_TOO_SHORT",
  "COST_TOO_HIGH",
] as const;

/** One reason why there is no plan. */
const Refusal = z.strictObject({
  code: z.enum(REFUSALS),
  goal: z.int().min(1).nullable().describe("Number of the goal, from 1; null: the quest as a whole."),
  message: z.string(),
  candidates: z.array(Candidate).describe("What the goal could have meant, the best first."),
  missing: z.array(z.string()).describe("Inputs that nothing fills."),
  remedy: z.string().describe("What would help."),
});
export type Refusal = Readonly<z.output<typeof Refusal>>;

const WrittenWorkflow = z.looseObject({
  name: z.string(),
  steps: z.array(z.looseObject({ name: z.string(), capability_name: z.string().optional() })).min(1),
});

/** What `airun quest plan` prints: a workflow and the reasons for each step, or why there is none. */
export const QuestPlan = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("planned"),
    quest: z.string(),
    intent: z.string(),
    catalogue: z
      .string()
      .describe(
        "Digest of all that goals could mean: the same quest and the same catalogue give the same plan.",
      ),
    workflow: WrittenWorkflow.describe("As one would write it: workflow.schema.json describes it."),
    digest: z.string().describe("SHA-256 of the workflow with its defaults, as the ledger records it."),
    steps: z.array(QuestStep),
    constraints: Constraints,
    cost: z.number().min(0).describe("At the least, in units of cost_model; retries and rounds count again."),
    time_seconds: z
      .number()
      .min(0)
      .nullable()
      .describe("By the 95th percentiles that skill memory knows; null where it knows none."),
  }),
  z.strictObject({
    status: z.literal("refused"),
    quest: z.string(),
    intent: z.string(),
    catalogue: z.string(),
    reasons: z.array(Refusal).min(1),
  }),
]);
export type QuestPlan = Readonly<z.output<typeof QuestPlan>>;
export type PlannedQuest = Extract<QuestPlan, { status: "planned" }>;

export const SEVERITIES = ["error", "approval", "warning"] as const;

/** One thing about a workflow that the constitution, the chain or a quest's constraints object to. */
export const Violation = z.strictObject({
  id: z.string().describe("The same finding has the same id in every check of the same workflow."),
  rule: z.string().describe("Id of the policy, or `chain.…`, `contract.…`, `quest.…`."),
  severity: z
    .enum(SEVERITIES)
    .describe(
      "error: it would be refused. approval: a human would be asked. warning: only the run can tell.",
    ),
  step: z.string().nullable(),
  path: z.string().describe("Place in the workflow, such as steps[0].inputs.path."),
  message: z.string(),
  evidence: Values.describe("What it was decided from."),
  remedy: z.string(),
});
export type Violation = Readonly<z.output<typeof Violation>>;

export const CheckReport = z.strictObject({
  ok: z.boolean().describe("Nothing of severity error was found."),
  workflow: z.string(),
  digest: z.string(),
  policySet: z.string().describe("Digest of the policy set that decided."),
  violations: z.array(Violation),
});
export type CheckReport = Readonly<z.output<typeof CheckReport>>;
