import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";

/** One step of a workflow file, as it stands there: the rounds of a `foreach` are one. */
export type GraphStep = {
  readonly step: string;
  readonly type: string;
  readonly capability: string | null;
  /** The step that holds it; null for the workflow's own. */
  readonly block: string | null;
  readonly branch: "steps" | "then" | "else" | null;
  /** Steps beside it that have to end before. */
  readonly waitsFor: readonly string[];
};

/** Every step of a workflow with what it waits for, outermost first. */
export function graphOf({ steps }: Pick<WorkflowSpec, "steps">): GraphStep[] {
  return listOf(steps, null, null);
}

function listOf(steps: readonly StepSpec[], block: string | null, branch: GraphStep["branch"]): GraphStep[] {
  const keyOf = (name: string): string => (block === null ? name : `${block}/${name}`);
  // As the engine does: a list in which nobody waits for anybody goes from top to bottom, unless it starts together.
  const isInOrder = branch !== "steps" && steps.every(({ depends_on }) => depends_on.length === 0);
  const own = steps.map((step, index): GraphStep => {
    const before = steps[index - 1];
    const needed = isInOrder ? (before === undefined ? [] : [before.name]) : step.depends_on;
    return {
      step: keyOf(step.name),
      type: step.step_type,
      capability: step.capability_name ?? null,
      block,
      branch,
      waitsFor: needed.map(keyOf),
    };
  });
  const inside = steps.flatMap((step) =>
    (["steps", "then", "else"] as const).flatMap((part) =>
      step[part] === undefined ? [] : listOf(step[part], keyOf(step.name), part),
    ),
  );
  return [...own, ...inside];
}
