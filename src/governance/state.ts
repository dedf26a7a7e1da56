import type { Risk } from "../contract/capability.ts";
import type { EventOf } from "../contract/entry.ts";
import type { Lock, Role, Subject, WorkflowLock } from "../contract/governance-event.ts";
import type { LIFECYCLE } from "../contract/pack.ts";
import type { Principal } from "../contract/principal.ts";

export type Lifecycle = (typeof LIFECYCLE)[number];

export type Proposal = {
  readonly id: string;
  readonly subject: Subject;
  readonly source: EventOf<"proposal-submitted">["data"]["source"];
  /** As derived by the runtime, or as a review raised it. */
  readonly risk: Risk;
  readonly content: string;
  readonly locks: readonly Lock[];
  readonly workflows: readonly WorkflowLock[];
  readonly justification: string;
  readonly by: Principal;
  readonly at: string;
  readonly status: "PENDING_REVIEW" | "APPROVED" | "REJECTED";
  readonly reviews: readonly { readonly by: Principal; readonly reason: string }[];
  readonly approvals: readonly Approval[];
  readonly rejection?: { readonly by: Principal; readonly reason: string };
};

export type Approval = { readonly by: Principal; readonly binds: string; readonly reason: string };

/** A pack or facade, or a capability that was approved by itself, in one version. */
export type Governed = {
  readonly subject: Subject;
  readonly lifecycle: Lifecycle;
  readonly locks: readonly Lock[];
  readonly workflows: readonly WorkflowLock[];
  /** Set while what lies here is not what was approved, or did more than it declared. */
  readonly suspension?: { readonly cause: string; readonly detail: string };
  readonly since: string;
};

export type Registered = {
  readonly name: string;
  readonly person: string;
  readonly roles: readonly Role[];
};

/** Everything that the home ledger says about who may make what happen; the fold of its entries. */
export type GovernanceState = {
  readonly principals: ReadonlyMap<string, Registered>;
  readonly proposals: ReadonlyMap<string, Proposal>;
  /** By `keyOf(subject)`. */
  readonly governed: ReadonlyMap<string, Governed>;
  /** Number of the newest entry that it was folded from. */
  readonly seq: number;
};

export const EMPTY: GovernanceState = {
  principals: new Map(),
  proposals: new Map(),
  governed: new Map(),
  seq: 0,
};

export function keyOf({ kind, name, version }: Subject): string {
  return `${kind} ${name}@${version}`;
}
