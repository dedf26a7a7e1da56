import { RuntimeError } from "../contract/errors.ts";
import type { StepSpec } from "../contract/workflow.ts";

/** The order of the steps of one frame, by their index: what each waits for, and what waits for it. */
export type Plan = {
  readonly index: ReadonlyMap<string, number>;
  readonly waitsFor: readonly (readonly number[])[];
  readonly waiters: readonly (readonly number[])[];
};

/**
 * Steps wait for what they name in `depends_on`. Where no step of the list names anything they run one after
 * another as written, unless `together`: the children of a PARALLEL and of a foreach round.
 *
 * @throws SPEC_INVALID where `depends_on` names a step that is not in the list.
 */
export function planOf(steps: readonly StepSpec[], together: boolean): Plan {
  const known = together ? plansTogether : plans;
  const plan = known.get(steps) ?? makePlan(steps, together);
  known.set(steps, plan);
  return plan;
}

// A plan follows from its list alone, and a list belongs to a spec that never changes.
const plans = new WeakMap<readonly StepSpec[], Plan>();
const plansTogether = new WeakMap<readonly StepSpec[], Plan>();

function makePlan(steps: readonly StepSpec[], together: boolean): Plan {
  const index = new Map(steps.map(({ name }, i) => [name, i]));
  const inOrder = !together && steps.every(({ depends_on }) => depends_on.length === 0);
  const waitsFor = steps.map((step, i) =>
    inOrder ? [i - 1].filter((before) => before >= 0) : dependencies(step, index),
  );
  const waiters: number[][] = steps.map(() => []);
  waitsFor.forEach((needed, i) => needed.forEach((before) => waiters[before]?.push(i)));
  return { index, waitsFor, waiters };
}

function dependencies({ name, depends_on }: StepSpec, index: ReadonlyMap<string, number>): number[] {
  return depends_on.map((needed) => {
    const found = index.get(needed);
    if (found === undefined)
      throw new RuntimeError(
        "SPEC_INVALID",
        `The step "${name}" depends on "${needed}", which is not beside it.`,
      );
    return found;
  });
}
