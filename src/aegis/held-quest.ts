import type { CapabilitySpec } from "../contract/capability.ts";
import type { HeldQuest } from "../contract/governor.ts";
import type { PlannedQuest } from "../contract/quest.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Used } from "./govern-quest.ts";
import { costOf } from "./hold-constraints.ts";

/** What a run of a plan is held to. */
export function heldQuestOf({ quest, constraints, workflow, steps }: PlannedQuest): HeldQuest {
  const approvals = new Map(
    steps.flatMap(({ kind, step, target }) => (kind === "approval" ? [[target, step] as const] : [])),
  );
  return {
    kind: "quest",
    quest,
    constraints,
    steps: workflow.steps.map(({ name, capability_name }) => ({
      step: name,
      capability: capability_name ?? null,
      approval: approvals.get(name) ?? null,
    })),
  };
}

/** What a run has used so far, as its ledger has it: whoever goes on with it goes on with the account. */
export function usedIn(ledger: Pick<Ledger, "entries" | "object">, run: string): Used {
  let workMs = 0;
  let cost = 0;
  const types = ["step-intended", "step-completed", "step-failed"] as const;
  for (const entry of ledger.entries({ run, types, sealed: true })) {
    if (entry.type !== "step-intended") workMs += entry.data.durationMs;
    // What takes something back is never counted when it is asked about.
    else if (entry.data.role === "step") cost += costOf(ledger.object(entry.data.spec) as CapabilitySpec);
  }
  return { workMs, cost };
}
