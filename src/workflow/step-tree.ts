import type { Path } from "../contract/spec-problems.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";

/** A list of steps, and where it stands in the spec. Its steps may depend on each other only. */
export type StepList = {
  readonly steps: readonly StepSpec[];
  readonly path: Path;
  /** Children of a PARALLEL and of a foreach round start together. */
  readonly startsTogether: boolean;
  /** The step that holds the list; undefined for the workflow's own. */
  readonly block: StepSpec | undefined;
};

/** The workflow's own list and every list inside its steps, outermost first. */
export function stepListsOf(spec: WorkflowSpec): StepList[] {
  const lists: StepList[] = [{ steps: spec.steps, path: ["steps"], startsTogether: false, block: undefined }];
  for (const { steps, path } of lists) {
    for (const [index, step] of steps.entries()) lists.push(...listsIn(step, [...path, index]));
  }
  return lists;
}

/** The lists directly inside a step. */
export function listsIn(step: StepSpec, path: Path): StepList[] {
  return (["steps", "then", "else"] as const).flatMap((part) => {
    const steps = step[part];
    return steps === undefined
      ? []
      : [{ steps, path: [...path, part], startsTogether: part === "steps", block: step }];
  });
}
