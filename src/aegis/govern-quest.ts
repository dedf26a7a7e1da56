import type { CapabilitySpec } from "../contract/capability.ts";
import type { HeldQuest, HookDecision } from "../contract/governor.ts";
import type { HookAnswer, HookRequest, Hooks } from "../contract/hooks.ts";
import { matchesAny } from "../workflow/policy.ts";
import { breachesOf, costOf } from "./hold-constraints.ts";

/** What a run has used up. */
export type Used = { readonly workMs: number; readonly cost: number };

export type QuestGovernor = {
  readonly contractOf: (capability: string) => CapabilitySpec | undefined;
  /** What a run used before this governor was first asked about it; `undefined` where nobody can say. */
  readonly usedBefore: (run: string) => Used | undefined;
};

type Account = {
  /** Whether all that the run has used is known. */
  readonly isWhole: boolean;
  workMs: number;
  /** Cost of each attempt, by step and number. */
  readonly costs: Map<string, number>;
  readonly before: number;
};

type Ask<Event extends HookRequest["event"]> = Extract<HookRequest, { event: Event }>;

const MAX_RUNS = 10_000;

/**
 * Aegis as a governor: holds a run to the plan and to the constraints of its quest. What a run did may always be taken
 * back, so that only steps that go forwards are refused.
 */
export function governQuest(held: HeldQuest, { contractOf, usedBefore }: QuestGovernor): Hooks {
  const accounts = new Map<string, Account>();
  const accountOf = (run: string, isNew: boolean): Account => {
    const known = accounts.get(run);
    if (known !== undefined) return known;
    const before = isNew ? { workMs: 0, cost: 0 } : usedBefore(run);
    const account = {
      isWhole: before !== undefined,
      workMs: before?.workMs ?? 0,
      costs: new Map<string, number>(),
      before: before?.cost ?? 0,
    };
    if (accounts.size >= MAX_RUNS) for (const [oldest] of accounts) if (accounts.delete(oldest)) break;
    accounts.set(run, account);
    return account;
  };

  return (request) => {
    switch (request.event) {
      case "pre_execution":
        accountOf(request.workflow_id, true);
        return beforeRun(held, request);
      case "pre_step":
        if (request.step.role !== "step") return ALLOW;
        return beforeStep(held, request, accountOf(request.workflow_id, false), contractOf);
      case "post_step":
        return afterStep(held, request, accountOf(request.workflow_id, false));
      case "post_execution":
        accounts.delete(request.workflow_id);
        return ALLOW;
      case "on_panic":
        return ALLOW;
      default:
        return request satisfies never;
    }
  };
}

function beforeRun({ steps, constraints }: HeldQuest, { workflow_spec }: Ask<"pre_execution">): HookAnswer {
  const asked = workflow_spec.steps.map(({ step_id, capability }) => `${step_id} ${capability ?? ""}`);
  const planned = steps.map(({ step, capability }) => `${step} ${capability ?? ""}`);
  if (asked.join("\n") !== planned.join("\n"))
    return deny("quest.plan", "this is not the workflow that was planned for the quest");
  const { time_seconds } = constraints;
  if (time_seconds !== undefined && workflow_spec.constraints.timeout_ms > time_seconds * 1000)
    return deny("quest.time", `the run may take longer than the ${time_seconds} s of the quest`);
  return ALLOW;
}

function beforeStep(
  held: HeldQuest,
  { step }: Ask<"pre_step">,
  account: Account,
  contractOf: QuestGovernor["contractOf"],
): HookAnswer {
  const { capability, step_id, inputs, attempt } = step;
  if (capability === null) return ALLOW;
  const { constraints } = held;
  const contract = contractOf(capability);
  if (contract === undefined) return deny("quest.capabilities", `${capability} has no contract here`);
  const [breach] = breachesOf(constraints, contract, inputs);
  if (breach !== undefined) return deny(breach.rule, breach.message);
  const { time_seconds, max_cost } = constraints;
  if (!account.isWhole && (time_seconds !== undefined || max_cost !== undefined))
    return answer("PAUSE", "what this run has used so far is not known", "quest.account");
  if (time_seconds !== undefined && account.workMs > time_seconds * 1000)
    return deny("quest.time", `the steps have taken more than ${time_seconds} s`);
  // The same attempt is asked about again when a human has agreed to it.
  account.costs.set(`${step_id}#${attempt}`, costOf(contract));
  const cost = account.before + [...account.costs.values()].reduce((sum, each) => sum + each, 0);
  if (max_cost !== undefined && cost > max_cost)
    return deny("quest.cost", `the steps cost ${cost} units, and the quest allows ${max_cost}`);
  return matchesAny(constraints.approvals, capability) && !isApproved(held, step_id)
    ? answer("PAUSE", `the quest asks for an approval before ${capability}`, "quest.approvals")
    : ALLOW;
}

/** Whether the plan asks a human before this step, or before the block that it is in. */
function isApproved({ steps }: HeldQuest, stepId: string): boolean {
  const [outermost = ""] = stepId.split(/[/[]/);
  return steps.some(({ step, approval }) => step === outermost && approval !== null);
}

function afterStep(
  { constraints: { time_seconds } }: HeldQuest,
  { step, result }: Ask<"post_step">,
  account: Account,
): HookAnswer {
  account.workMs += result.execution_time_ms;
  if (step.role !== "step" || time_seconds === undefined || account.workMs <= time_seconds * 1000)
    return ALLOW;
  return deny("quest.time", `the steps have taken more than ${time_seconds} s`);
}

const ALLOW: HookAnswer = answer("ALLOW", "the quest allows it", null);

function deny(violation: string, reason: string): HookAnswer {
  return answer("DENY", reason, violation);
}

function answer(decision: HookDecision, reason: string, violation: string | null): HookAnswer {
  return { decision, reason, violation, failed: null };
}
