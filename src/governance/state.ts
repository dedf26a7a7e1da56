import type { Risk } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import type { EventOf } from "../contract/entry.ts";
import type { Held, Subject } from "../contract/governance-event.ts";
import type { Role } from "../contract/roles.ts";
import type { LIFECYCLE } from "../contract/pack.ts";
import type { Panic } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";

export type Lifecycle = (typeof LIFECYCLE)[number];

export type Proposal = Held & {
  readonly id: string;
  readonly subject: Subject;
  readonly source: EventOf<"proposal-submitted">["data"]["source"];
  /** As derived by the runtime, or as a review raised it. */
  readonly risk: Risk;
  readonly content: string;
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
export type Governed = Held & {
  readonly subject: Subject;
  readonly lifecycle: Lifecycle;
  /** The approved proposal that it follows from; none for what came with the package. */
  readonly proposal?: string | undefined;
  /** Set while what lies here is not what was approved, or did more than it declared. */
  readonly suspension?: { readonly cause: string; readonly detail: string; readonly at: string };
  readonly since: string;
  /** When it ceased to be ACTIVE; empty where it never was, absent while it is. */
  readonly closedAt?: string;
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
  /** Digest of the policy set in force, and of each that ever was. */
  readonly policySet: string | undefined;
  readonly policySets: ReadonlySet<string>;
  /** By their ids, and those that nobody lifted yet. */
  readonly panics: ReadonlyMap<string, Panic>;
  readonly openPanics: readonly Panic[];
  /** Number of the newest entry that it was folded from. */
  readonly seq: number;
};

export const EMPTY: GovernanceState = {
  principals: new Map(),
  proposals: new Map(),
  governed: new Map(),
  policySet: undefined,
  policySets: new Set(),
  panics: new Map(),
  openPanics: [],
  seq: 0,
};

const SUGGESTION_MS = 30 * 24 * 3_600_000;

/** A suggestion is about what was seen at its time: nobody can decide about it a month later. */
export function isExpired(
  { subject, at, status }: Pick<Proposal, "subject" | "at" | "status">,
  nowMs: number,
): boolean {
  return (
    subject.kind === "suggestion" && status === "PENDING_REVIEW" && nowMs - Date.parse(at) > SUGGESTION_MS
  );
}

export function keyOf({ kind, name, version }: Subject): string {
  return `${kind} ${name}@${version}`;
}

/** Only what an approval holds its subject to; fields that are not there stay away. */
export function heldOf({ locks, workflows, specHash, packs, principals, approvalRoles }: Held) {
  return {
    locks: [...locks],
    workflows: [...workflows],
    ...(specHash === undefined ? {} : { specHash }),
    ...(packs === undefined ? {} : { packs: [...packs] }),
    ...(principals === undefined ? {} : { principals: [...principals] }),
    ...(approvalRoles === undefined ? {} : { approvalRoles: [...approvalRoles] }),
  };
}

/** What an approver approves: not one byte of it may differ later. */
export function bindingOf(proposal: Pick<Proposal, "subject" | "content" | "risk"> & Held): string {
  const { subject, content, risk } = proposal;
  return digestOf({ subject, content, risk, ...heldOf(proposal) });
}

export function nameOf({ subject: { name, version } }: Governed): string {
  return `${name}@${version}`;
}
