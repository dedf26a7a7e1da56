import { z } from "zod";

import type { Requirement } from "./approval.ts";
import type { CapabilitySpec } from "./capability.ts";
import type { EventOf } from "./entry.ts";
import type { Principal } from "./principal.ts";

/** One call as the policy sees it: everything is canonical and already resolved. */
export type DecisionRequest = {
  readonly run: string;
  readonly step: string;
  readonly role: EventOf<"step-intended">["data"]["role"];
  readonly capability: CapabilitySpec;
  readonly specHash: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly principal: Principal;
  readonly workspace: string;
  /** Components of the run's directory below the workspace, which the paths of the inputs are relative to. */
  readonly prefix: readonly string[];
};

/** From the mildest to the strictest. */
export const OUTCOMES = ["allow", "modify", "step_up", "defer", "deny"] as const;

/** What a decision was made from, and what it was: with the policy set it can be made again. */
export const Receipt = z.lazy(() =>
  z.strictObject({
    policySet: z.string().describe("Digest of the policy set."),
    outcome: z.enum(OUTCOMES),
    rules: z.array(z.string()).describe("Ids of the policies that led to it."),
    reason: z.string(),
    obligations: z.array(z.string()).describe("What was done to the inputs."),
    roles: z.array(z.string()).describe("Roles of the principal at that time."),
    values: z.record(z.string(), z.unknown()).describe("Everything that the policies look at, by path."),
  }),
);
export type Receipt = Readonly<z.output<typeof Receipt>>;

type Grounds = {
  readonly rules: readonly string[];
  /** With this the runtime's own constitution tells how it decided. */
  readonly receipt?: Receipt;
  /** What may run instead of the inputs that were asked for. */
  readonly inputs?: Readonly<Record<string, unknown>>;
};

export type Decision = Grounds &
  (
    | { readonly outcome: "allow" }
    | { readonly outcome: "modify"; readonly inputs: Readonly<Record<string, unknown>> }
    | { readonly outcome: "deny"; readonly reason: string }
    /** A human has to confirm it, or, where the context does not suffice, to resolve it; not in time, it is denied. */
    | {
        readonly outcome: "step_up" | "defer";
        readonly reason: string;
        readonly timeoutSeconds?: number | undefined;
        readonly requirement?: Requirement | undefined;
      }
  );

/** The policy, supplied from outside the kernel. An error that it throws is a denial. */
export type Decide = (request: DecisionRequest) => Promise<Decision> | Decision;

/** Told of every call that has acted, with the paths below the workspace that it read, before anything depends on it. */
export type Observe = (request: DecisionRequest, pathsRead: readonly string[]) => void;
