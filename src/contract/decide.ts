import type { CapabilitySpec } from "./capability.ts";
import type { Principal } from "./principal.ts";

/** One call as the policy sees it: everything is canonical and already resolved. */
export type DecisionRequest = {
  readonly run: string;
  readonly step: string;
  readonly capability: CapabilitySpec;
  readonly specHash: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly principal: Principal;
  readonly workspace: string;
};

export type Decision =
  | { readonly outcome: "allow"; readonly rules: readonly string[] }
  | { readonly outcome: "deny" | "step_up"; readonly rules: readonly string[]; readonly reason: string };

/** The policy, supplied from outside the kernel. An error that it throws is a denial. */
export type Decide = (request: DecisionRequest) => Promise<Decision> | Decision;
