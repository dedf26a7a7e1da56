import { z } from "zod";

import type { Principal } from "./principal.ts";

/** What becomes of the runs that a panic is raised over, from the mildest to the strictest. */
export const PANIC_ACTIONS = ["FREEZE", "CANCEL_ONLY", "CANCEL_AND_ROLLBACK"] as const;
export const PanicAction = z.enum(PANIC_ACTIONS);
export type PanicAction = z.output<typeof PanicAction>;

/** Whose runs a panic is raised over. */
export const PanicScope = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all") }),
    z.strictObject({ kind: z.literal("agent"), name: z.string().min(1).describe("Whoever it acts for.") }),
    z.strictObject({ kind: z.literal("human"), name: z.string().min(1).describe("Their agents too.") }),
    z.strictObject({ kind: z.literal("run"), run: z.string().min(1) }),
  ]),
);
export type PanicScope = Readonly<z.output<typeof PanicScope>>;

/** What somebody asks for who raises a panic. */
export type PanicOrder = {
  readonly action: PanicAction;
  readonly scope: PanicScope;
  readonly reason: string;
};

/** Everything of a scope is stopped until an admin lifts it. */
export type Panic = PanicOrder & {
  readonly id: string;
  readonly by: Principal;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Whether it counts for everybody's runs; one of somebody without a role counts for their own alone. */
  readonly isWide: boolean;
  readonly lifted: { readonly by: Principal; readonly reason: string; readonly at: string } | null;
};

/** A run, or what somebody asks for outside of one. */
export type Concerned = { readonly run: string | undefined; readonly principal: Principal };

/** The panics of an installation, supplied from outside the kernel; as of the home ledger's newest entry. */
export type Alarm = {
  readonly open: () => readonly Panic[];
  /** The strictest open panic over this. */
  readonly over: (whom: Concerned) => Panic | undefined;
  /** When a panic over this was last raised or lifted, as ISO 8601 UTC: an approval that is older counts for nothing. */
  readonly lastOver: (whom: Concerned) => string | undefined;
};

/** What is done about the panics of an installation. */
export type Panics = {
  readonly alarm: Alarm;
  /**
   * Stops everything of a scope, durably. Anybody may stop what is their own; an operator, an approver or an admin, who
   * is no agent, may stop others. The same order by the same principal changes nothing while it is in force.
   * `owner`: of the run that the scope names.
   *
   * @throws NOT_AUTHORIZED
   */
  readonly raise: (by: Principal, order: PanicOrder, owner?: Principal) => Promise<Panic>;
  /** Ends a panic: for an admin, who is no agent. @throws NOT_AUTHORIZED, SUBJECT_UNKNOWN, STATE_CONFLICT */
  readonly lift: (by: Principal, id: string, reason: string) => Promise<Panic>;
  /** Every panic that there ever was, the oldest first. */
  readonly all: () => readonly Panic[];
};

/** A run that a panic is over. */
export type StoppedRun = {
  readonly run: string;
  readonly name: string;
  readonly status: string;
  /** Nothing of it is under way any more. */
  readonly isAtRest: boolean;
};

/** What a panic did in one workspace. */
export type PanicReport = { readonly panic: Panic; readonly runs: readonly StoppedRun[] };
