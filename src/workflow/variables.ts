import type { Draft } from "./draft.ts";
import { changeFrame, frameIdOf, theFrame } from "./frames.ts";
import type { RunState, StepState } from "./state.ts";

type Variables = Readonly<Record<string, unknown>>;

/**
 * What the templates and conditions of a step see: the run's id, then from the outermost frame inwards what each
 * holds (a sub-workflow sees nothing around it), then the workflow's id and name. The empty key stands for the
 * workflow as a whole. The record has no prototype.
 */
export function variablesFor(state: RunState, stepKey: string): Record<string, unknown> {
  const layers: Variables[] = [];
  for (let id: string | null = frameIdOf(stepKey); id !== null;) {
    const scope = theFrame(state, theFrame(state, id).scope);
    layers.unshift(scope.variables);
    id = scope.parent;
  }
  const { spec } = state;
  return overlay({ run_id: state.run }, ...layers, {
    workflow_id: spec.workflow_id ?? spec.name,
    workflow_name: spec.name,
  });
}

/** Adds a completed step's outputs to the variables that its neighbours see: each by its key, and all by the step's name. */
export function mergeOutputs(draft: Draft, step: StepState, outputs: Variables): void {
  const scope = theFrame(draft.run, theFrame(draft.run, step.frame).scope);
  changeFrame(draft, scope, {
    variables: overlay(scope.variables, outputs, { [step.spec.name]: outputs }),
    outputs: overlay(scope.outputs, outputs),
  });
}

/**
 * One record of several, the later over the earlier. It has no prototype, and `__proto__` is left out, so that no
 * name that an output bears can reach a prototype, here or where the record is copied.
 */
export function overlay(...layers: readonly Variables[]): Record<string, unknown> {
  const merged: Record<string, unknown> = Object.create(null);
  for (const layer of layers)
    for (const key of Object.keys(layer)) if (key !== "__proto__") merged[key] = layer[key];
  return merged;
}
