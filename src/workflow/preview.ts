import type { CapabilitySpec } from "../contract/capability.ts";
import type { PlannedChange } from "../contract/planned-change.ts";

/** What a run would do. Nothing of it was done. */
export type Plan = {
  readonly workflow: string;
  readonly version: string;
  /** `unknown`: what ends the run depends on what only a run can tell. */
  readonly outcome: "completes" | "rolls-back" | "fails" | "unknown";
  /** In the order in which they would start; a block comes before the steps that it holds. */
  readonly steps: readonly PlannedStep[];
  /** What the run would leave changed in the workspace, by path; a file that gives way to a directory is deleted first. */
  readonly changes: readonly PlannedChange[];
  readonly warnings: readonly string[];
};

export type PlannedStep = {
  readonly step: string;
  readonly type: string;
  readonly capability: string | null;
  readonly risk: CapabilitySpec["risk"]["level"] | null;
  readonly undo: CapabilitySpec["undo"]["kind"] | null;
  readonly sideEffects: readonly CapabilitySpec["side_effects"][number][];
  /** Resolved, with secrets left out; a text in parentheses stands for what is not known. */
  readonly inputs: Readonly<Record<string, unknown>> | null;
  /**
   * `run`: would run. `ask`: would wait for a human; the plan goes on as if it were granted. `deny`: would be refused.
   * `skip`: its condition is false, or the run ends before. `unknown`: depends on what a step before it returns.
   */
  readonly decision: "run" | "ask" | "deny" | "skip" | "fail" | "unknown";
  readonly note: string | null;
  readonly changes: readonly PlannedChange[];
};
