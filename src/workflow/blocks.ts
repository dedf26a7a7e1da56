import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { type Draft, refuse } from "./draft.ts";
import { changeStep, frameOf, theFrame, theStep } from "./frames.ts";
import { beginning, leaveList, openFrame, settle } from "./schedule.ts";
import type { Frame, StepState } from "./state.ts";
import { overlay } from "./variables.ts";

/**
 * Opens what a block holds: the rounds of a foreach, a branch, the children of a PARALLEL, or a sub-workflow.
 *
 * @throws STATE_CONFLICT where the step is no block or the event lacks what it needs; WORKFLOW_UNKNOWN
 */
export function enterBlock(draft: Draft, step: StepState, event: EventOf<"block-entered">): void {
  leaveList(draft, step);
  const { branch = null, items = null, variables = {} } = event.data;
  if (step.spec.foreach !== undefined && items === null)
    throw refuse(draft.run, event, "it lacks the items of the foreach");
  const block = changeStep(draft, step, {
    ...beginning(draft, step),
    phase: "running",
    failure: null,
    retryAt: null,
    branch,
    items,
  });
  if (step.spec.foreach !== undefined) return openRounds(draft, block);
  switch (step.spec.step_type) {
    case "CONDITION":
      return openInside(draft, block, "branch", (branch === "then" ? step.spec.then : step.spec.else) ?? []);
    case "PARALLEL":
      return openInside(draft, block, "parallel", step.spec.steps ?? []);
    case "WORKFLOW":
      return openSubWorkflow(draft, block, variables);
    case "ACTION":
    case "HUMAN_APPROVAL":
    case "COMPENSATION":
      throw refuse(draft.run, event, `it is a ${step.spec.step_type} and holds no other steps`);
  }
}

/** Ends the blocks whose last step has ended, which may end others around them. */
export function closeFrames(draft: Draft): void {
  for (let id = draft.closing.shift(); id !== undefined; id = draft.closing.shift())
    closeFrame(draft, theFrame(draft.run, id));
}

function closeFrame(draft: Draft, frame: Frame): void {
  if (frame.block === null) return;
  const block = theStep(draft.run, frame.block);
  switch (frame.kind) {
    case "branch":
      return settle(draft, block, { result: block.branch === "then" });
    case "parallel":
      return settle(draft, block, {});
    case "workflow":
      return settle(draft, block, frame.outputs);
    case "round":
      return openRounds(
        draft,
        changeStep(draft, block, { rounds: { ...block.rounds, done: block.rounds.done + 1 } }),
      );
  }
}

function openInside(
  draft: Draft,
  block: StepState,
  kind: "branch" | "parallel",
  specs: readonly StepSpec[],
): void {
  const around = theFrame(draft.run, block.frame);
  const limit = kind === "parallel" ? block.spec.max_concurrency : Infinity;
  openFrame(draft, {
    id: block.key,
    kind,
    block: block.key,
    specs,
    scope: around.scope,
    parent: around.id,
    variables: {},
    limit,
  });
}

function openSubWorkflow(
  draft: Draft,
  { key, spec }: StepState,
  inputs: Readonly<Record<string, unknown>>,
): void {
  const sub = draft.run.subSpecs.get(spec.workflow ?? "");
  if (sub === undefined)
    throw new RuntimeError(
      "WORKFLOW_UNKNOWN",
      `The step "${key}" names the workflow "${spec.workflow}", which the run did not start with.`,
    );
  openFrame(draft, {
    id: key,
    kind: "workflow",
    block: key,
    specs: sub.steps,
    scope: key,
    parent: null,
    variables: overlay(sub.initial_state, inputs),
    limit: Infinity,
  });
}

/** Opens as many rounds as may be under way, or ends the foreach after the last. */
function openRounds(draft: Draft, block: StepState): void {
  const { key, spec, rounds } = block;
  const items = block.items ?? [];
  if (rounds.done === items.length)
    return settle(draft, block, { results: resultsOf(draft, block, items.length), count: items.length });
  const opened = Math.min(items.length, rounds.done + spec.max_concurrency);
  if (opened > rounds.opened) changeStep(draft, block, { rounds: { opened, done: rounds.done } });
  for (let index = rounds.opened; index < opened; index++) {
    const id = `${key}[${index}]`;
    openFrame(draft, {
      id,
      kind: "round",
      block: key,
      specs: roundSpecs(spec),
      scope: id,
      parent: block.frame,
      variables: overlay({ [spec.as]: items[index], index }),
      limit: Infinity,
    });
  }
}

function resultsOf(draft: Draft, { key }: StepState, rounds: number): unknown[] {
  return Array.from({ length: rounds }, (_, index) => frameOf(draft.run, `${key}[${index}]`)?.outputs);
}

/** The steps of one round: those of the block, or the step itself, whose `when` was asked before the first round. */
function roundSpecs(spec: StepSpec): readonly StepSpec[] {
  if (spec.steps !== undefined) return spec.steps;
  const { foreach: _foreach, when: _when, ...rest } = spec;
  const specs = singles.get(spec) ?? [{ ...rest, depends_on: [] }];
  singles.set(spec, specs);
  return specs;
}

// One list for each spec, so that its plan is made once for all rounds.
const singles = new WeakMap<StepSpec, readonly StepSpec[]>();
