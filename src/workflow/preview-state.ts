import type { CapabilitySpec } from "../contract/capability.ts";
import type { RunEvent } from "../contract/entry.ts";
import { toFailure } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Kernel } from "../kernel/invoke.ts";
import type { PlannedTree } from "../workspace/planned-tree.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { capabilityOf } from "./capability-of.ts";
import { apply, type Numbered, type Specs } from "./next.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import type { PlannedStep } from "./preview.ts";
import type { DiffBudget } from "../kernel/describe-changes.ts";
import type { RunState, StepState } from "./state.ts";

/** A run has an id of its own; a plan shows this one in its place. */
export const PLANNED_RUN = "00000000-0000-7000-8000-000000000000";

/** A plan shows no more steps than this. */
export const MAX_STEPS = 1000;

/** The part of the kernel that cannot write: no ledger, no staging directory, no store of contents. */
export type PreviewKernel = Pick<Kernel, "registry" | "reach" | "decide" | "now"> & {
  readonly workspace: Pick<Workspace, "root" | "path">;
};

/** A plan in the making. */
export type Preview = {
  readonly kernel: PreviewKernel;
  readonly principal: Principal;
  readonly tree: PlannedTree;
  readonly prefix: readonly string[];
  readonly specs: Specs;
  readonly steps: PlannedStep[];
  readonly warnings: Set<string>;
  readonly budget: DiffBudget;
  state: RunState;
  seq: number;
  /** The first step that would change files in a way that is not known: what later ones read may be something else. */
  blurredBy: string | null;
};

/** Lets the engine go on as if the event had happened. Nothing is written. */
export function pretend(preview: Preview, event: RunEvent): void {
  preview.seq++;
  const entry: Numbered = {
    event,
    at: new Date(preview.kernel.now()).toISOString(),
    seq: event.type === "effect-intended" ? preview.seq : null,
  };
  preview.state = apply(preview.state, entry, preview.specs);
}

/** Whether running the capability may leave other files than before; a program may write anything. */
export function mayChangeFiles({ side_effects }: CapabilitySpec): boolean {
  return side_effects.some(
    (effect) => effect === "filesystem_write" || effect === "filesystem_delete" || effect === "system_exec",
  );
}

/** From here on it is not known what lies in the files. */
export function blur(preview: Preview, key: string): void {
  preview.blurredBy ??= key;
  preview.warnings.add(`Which files the step "${key}" would change is not known.`);
}

/** What a plan says about one step. */
export type Verdict = {
  readonly decision: PlannedStep["decision"];
  readonly note?: string | null;
  readonly capability?: CapabilitySpec | undefined;
  readonly inputs?: PlannedStep["inputs"];
  readonly changes?: readonly PlannedChange[];
};

/** Adds the step to the plan. */
export function note(
  preview: Preview,
  { key, spec }: Pick<StepState, "key" | "spec">,
  verdict: Verdict,
): void {
  const { decision, note: text = null, capability, inputs = null, changes = [] } = verdict;
  preview.steps.push({
    step: key,
    type: spec.step_type,
    capability:
      capability?.id ??
      (spec.step_type === "ACTION" && spec.foreach === undefined ? capabilityOf(spec) : null),
    risk: capability?.risk.level ?? null,
    undo: capability?.undo.kind ?? null,
    sideEffects: capability?.side_effects ?? [],
    inputs,
    decision,
    note: text,
    changes,
  });
}

/** Takes the step for done, with these outputs. */
export function completeStep(preview: Preview, { key }: StepState, outputs: Record<string, unknown>): void {
  pretend(preview, {
    type: "step-completed",
    run: PLANNED_RUN,
    step: key,
    data: { attempt: 1, outputs, durationMs: 0 },
  });
}

/** Shows that the step fails, and takes it for failed. */
export function failStep(
  preview: Preview,
  step: StepState,
  error: unknown,
  verdict: Verdict = { decision: "fail" },
): void {
  const failure = toFailure(error);
  note(preview, step, { ...verdict, note: failure.message });
  pretend(preview, {
    type: "step-failed",
    run: PLANNED_RUN,
    step: step.key,
    data: { attempt: 1, failure, durationMs: 0 },
  });
}
