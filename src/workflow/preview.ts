import type { CapabilitySpec } from "../contract/capability.ts";

/** What a run would do. */
export type Plan = {
  readonly workflow: string;
  readonly version: string;
  readonly steps: readonly PlannedStep[];
  readonly warnings: readonly string[];
};

export type PlannedStep = {
  readonly step: string;
  readonly type: string;
  readonly capability: string | null;
  readonly risk: CapabilitySpec["risk"]["level"] | null;
  readonly undo: CapabilitySpec["undo"]["kind"] | null;
  readonly sideEffects: readonly CapabilitySpec["side_effects"][number][];
  /** `run`: would run. `ask`: would wait for a human. `deny`: would be refused. `skip`: its condition is false. `unknown`: depends on what a step before it returns. */
  readonly decision: "run" | "ask" | "deny" | "skip" | "fail" | "unknown";
  readonly note: string | null;
  readonly changes: readonly PlannedChange[];
};

export type PlannedChange = {
  readonly kind: "create" | "change" | "delete" | "make-dir" | "request" | "start-process";
  /** A path of the workspace, an address, or a command. */
  readonly target: string;
  /** Unified diff of a text file. */
  readonly diff: string | null;
};
