import { z } from "zod";

import { Risk, Version } from "./capability.ts";
import { event } from "./event.ts";
import { LIFECYCLE } from "./pack.ts";
import { PanicAction, PanicScope } from "./panic.ts";
import { Role } from "./roles.ts";

export const SUBJECT_KINDS = ["capability", "pack", "facade", "policy", "suggestion"] as const;
export const PROPOSAL_SOURCES = ["internal", "third_party", "skill_memory"] as const;

/** What goes through the governance chain. */
export const Subject = z.strictObject({
  kind: z.enum(SUBJECT_KINDS),
  name: z
    .string()
    .describe("Id of a capability or pack, name of a facade; of a suggestion its kind and what it is about."),
  version: Version,
});
export type Subject = Readonly<z.output<typeof Subject>>;

/** One capability as it was approved: what runs later must be the same to the byte. */
export const Lock = z.strictObject({
  capability: z.string(),
  version: Version,
  specHash: z.string().describe("SHA-256 of the canonical JSON of the spec."),
  handlerHash: z.string().describe("SHA-256 of the handler, or the package's version for its own ones."),
});
export type Lock = Readonly<z.output<typeof Lock>>;

/** A workflow as it was approved. */
export const WorkflowLock = z.strictObject({
  workflow: z.string(),
  specHash: z.string().describe("SHA-256 of the workflow file's text."),
});
export type WorkflowLock = Readonly<z.output<typeof WorkflowLock>>;

/** A pack that a facade leads to, as it was approved. */
export const PackLock = z.strictObject({
  pack: z.string(),
  version: Version,
  specHash: z.string().describe("SHA-256 of the canonical JSON of the pack's spec."),
});
export type PackLock = Readonly<z.output<typeof PackLock>>;

const HELD = {
  locks: z.array(Lock).describe("Of the capabilities that it is or contains."),
  workflows: z.array(WorkflowLock),
  specHash: z.string().optional().describe("SHA-256 of the canonical JSON of its own spec."),
  packs: z.array(PackLock).optional().describe("Of a facade: the packs that it leads to."),
  principals: z
    .array(z.string())
    .optional()
    .describe("Of a pack: who alone reaches it, such as `human:ann` or `agent:*`."),
  approvalRoles: z
    .array(z.string())
    .optional()
    .describe("Of a pack: who answers its approvals, by role; any of them."),
};

/** What an approval holds its subject to. */
export type Held = {
  readonly locks: readonly Lock[];
  readonly workflows: readonly WorkflowLock[];
  readonly specHash?: string | undefined;
  readonly packs?: readonly PackLock[] | undefined;
  readonly principals?: readonly string[] | undefined;
  readonly approvalRoles?: readonly string[] | undefined;
};

/** A pack or facade of the package that is ACTIVE from the start. */
export type Shipped = Held & { readonly subject: Subject };

const Lifecycle = z.enum(LIFECYCLE);

/** What happens in the governance chain, in the home ledger. */
export const GOVERNANCE_EVENTS = [
  event("principal-registered", {
    name: z.string().describe("The human, as the operating system or the token names them."),
    person: z.string().describe("Who it is: two accounts of one person never make two approvers."),
    roles: z.array(Role),
  }),
  event("proposal-submitted", {
    proposal: z.string(),
    subject: Subject,
    source: z.enum(PROPOSAL_SOURCES),
    risk: Risk.describe("Derived by the runtime; a review can raise it."),
    content: z.string().describe("Digest of the recorded object: the spec that is proposed."),
    ...HELD,
    justification: z.string(),
  }),
  event("proposal-reviewed", { proposal: z.string(), risk: Risk, reason: z.string() }),
  event("proposal-decided", {
    proposal: z.string(),
    decision: z.enum(["approved", "rejected"]),
    binds: z.string().describe("Digest of content, locks, risk and policy set that were decided about."),
    reason: z.string(),
  }),
  event("lifecycle-changed", {
    subject: Subject,
    from: Lifecycle,
    to: Lifecycle,
    reason: z.string(),
    proposal: z.string().optional().describe("The approved proposal that it follows from."),
    ...HELD,
  }),
  event("policy-changed", {
    policySet: z.string().describe("Digest of the recorded policy set that is in force from now on."),
    proposal: z.string().optional().describe("The approved proposal that it follows from."),
    reason: z.string(),
  }),
  event("subject-suspended", {
    subject: Subject,
    cause: z.enum(["drift", "undeclared-effect"]),
    detail: z.string(),
  }),
  event("subject-reinstated", { subject: Subject, reason: z.string() }),
  event("panic-raised", {
    panic: z.string().describe("Its id."),
    action: PanicAction.describe("What becomes of the runs that it is raised over."),
    scope: PanicScope,
    reason: z.string(),
  }),
  event("panic-lifted", { panic: z.string(), reason: z.string() }),
] as const;
