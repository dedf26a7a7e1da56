import { digestOf } from "../contract/digest.ts";
import type { PlannedQuest, Quest, QuestPlan, Refusal } from "../contract/quest.ts";
import { WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { checkCapabilities } from "../workflow/check-capabilities.ts";
import type { Catalogue } from "./catalogue.ts";
import { Draft } from "./draft-plan.ts";

export type PlanRequest = {
  readonly quest: Quest;
  readonly catalogue: Catalogue;
  readonly registry: Registry;
  /** The 95th percentile of a capability's duration, where it is known. */
  readonly latencyMs: (capability: string) => number | undefined;
};

/**
 * The workflow that a quest asks for, with the reasons for each step; or every reason why there is none. The same quest
 * and the same catalogue give the same plan, byte for byte. Nothing is guessed: what is not clear is refused.
 */
export function planQuest(request: PlanRequest): QuestPlan {
  const { quest, catalogue } = request;
  const id = questIdOf(quest);
  const draft = new Draft(request);
  const goals = quest.goals === undefined || quest.goals.length === 0 ? [quest.intent] : quest.goals;
  for (const [index, goal] of goals.entries()) draft.add(goal, index + 1);
  const head = { quest: id, intent: quest.intent, catalogue: catalogue.digest };
  const planned = draft.reasons.length === 0 ? finish(request, draft, id) : undefined;
  if (planned === undefined || draft.reasons.length > 0)
    return { status: "refused", ...head, reasons: draft.reasons };
  return { status: "planned", ...head, ...planned };
}

/** What a quest is known by. */
export function questIdOf(quest: Quest): string {
  return quest.quest_id ?? `quest-${digestOf(quest).slice(0, 16)}`;
}

type Rest = Omit<PlannedQuest, "status" | "quest" | "intent" | "catalogue">;

function finish({ quest, registry }: PlanRequest, draft: Draft, id: string): Rest | undefined {
  const { constraints } = quest;
  const { allowed_capabilities, denied_capabilities, time_seconds, max_cost } = constraints;
  const isLimited = allowed_capabilities.length > 0 || denied_capabilities.length > 0;
  const workflow = {
    name: id,
    version: "1.0.0",
    description: quest.intent,
    metadata: { owner: "aegis", triggered_by: id },
    ...(Object.keys(quest.inputs).length === 0 ? {} : { initial_state: quest.inputs }),
    steps: draft.steps,
    ...(isLimited ? { policy: [{ rule_id: "quest", allowed_capabilities, denied_capabilities }] } : {}),
    ...(time_seconds === undefined ? {} : { max_execution_time_seconds: time_seconds }),
  };
  const spec = WorkflowSpec.parse(workflow);
  const refuse = (code: Refusal["code"], goal: number | null, message: string, remedy: string): void =>
    void draft.reasons.push({ code, goal, message, candidates: [], missing: [], remedy });
  for (const { path, message } of checkCapabilities(spec, registry)) {
    const step = spec.steps[Number(path[1])];
    const goal = draft.shown.find((each) => each.step === step?.name)?.goal ?? null;
    refuse(
      "INPUT_INVALID",
      goal,
      `${step?.capability_name ?? ""}: ${path.slice(2).join(".")} ${message}.`,
      "`airun inspect ID` shows the contract.",
    );
  }
  const seconds = draft.knowsLatency ? draft.latencyMs / 1000 : null;
  if (time_seconds !== undefined && seconds !== null && seconds > time_seconds)
    refuse(
      "TIME_TOO_SHORT",
      null,
      `The steps take ${seconds} s, as far as skill memory knows, and the quest allows ${time_seconds} s.`,
      "Raise time_seconds, or do less.",
    );
  if (max_cost !== undefined && draft.cost > max_cost)
    refuse(
      "COST_TOO_HIGH",
      null,
      `The steps cost ${draft.cost} units, and the quest allows ${max_cost}.`,
      "Raise max_cost, or do less.",
    );
  return {
    workflow,
    digest: digestOf(spec),
    steps: draft.shown,
    constraints,
    cost: draft.cost,
    time_seconds: seconds,
  };
}
