import { z } from "zod";

import { Risk } from "../capability.ts";
import {
  Lock,
  PackLock,
  PROPOSAL_SOURCES,
  Subject,
  SUBJECT_KINDS,
  WorkflowLock,
} from "../governance-event.ts";
import { Role } from "../roles.ts";
import { LIFECYCLE } from "../pack.ts";

const Reason = z.string().trim().min(1).max(2000).describe("Why; it is recorded in the ledger.");
const By = z.array(z.strictObject({ by: z.string(), reason: z.string() })).readonly();
const ProposalStatus = z.enum(["PENDING_REVIEW", "APPROVED", "REJECTED"]);

const Held = z.strictObject({
  locks: z.array(Lock).readonly(),
  workflows: z.array(WorkflowLock).readonly(),
  specHash: z.string().optional(),
  packs: z.array(PackLock).readonly().optional(),
  principals: z.array(z.string()).readonly().optional(),
});

export const ProposalList = z
  .strictObject({
    proposals: z
      .array(
        z.strictObject({
          id: z.string(),
          kind: z.enum(SUBJECT_KINDS),
          name: z.string(),
          version: z.string(),
          status: ProposalStatus,
          risk: Risk,
          by: z.string(),
          at: z.string(),
          justification: z.string(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "ProposalList" });

/** What a reviewer must see; it is read from the ledger, never from files. */
export const ProposalReport = z
  .strictObject({
    id: z.string(),
    subject: Subject.readonly(),
    status: ProposalStatus,
    source: z.enum(PROPOSAL_SOURCES),
    risk: Risk,
    reasons: z.array(z.string()).readonly(),
    approvalsNeeded: z.int(),
    approvals: By,
    reviews: By,
    rejection: z.strictObject({ by: z.string(), reason: z.string() }).nullable(),
    proposedBy: z.string(),
    at: z.string(),
    justification: z.string(),
    signedBy: z.string().nullable(),
    signedBefore: z.string().nullable(),
    contracts: z
      .array(
        z.strictObject({
          capability: z.string(),
          operation: z.string(),
          effects: z.array(z.string()).readonly(),
          undo: z.string(),
          hosts: z.array(z.string()).readonly(),
        }),
      )
      .readonly(),
    held: Held,
    binds: z.string().describe("Digest of what an approver approves."),
    files: z.record(z.string(), z.string()).readonly(),
    previous: z.string().nullable(),
    diff: z.string().nullable(),
  })
  .meta({ id: "Proposal" });

/** What somebody proposes: the files of a pack, or the one file of a capability, facade or older proposal. */
export const Submission = z
  .strictObject({
    files: z
      .record(z.string(), z.string().max(1024 * 1024))
      .describe("Texts by their plain names: `pack.yaml` and what it includes, or one spec."),
    justification: Reason,
    key: z.string().min(1).max(500).optional().describe("Verifier key that a pack must be signed with."),
  })
  .meta({ id: "Submission" });

export const Review = z
  .strictObject({ risk: Risk, reason: z.string().max(2000).default("") })
  .meta({ id: "Review" });

export const ProposalApproval = z
  .strictObject({ reason: z.string().max(2000).default("") })
  .meta({ id: "ProposalApproval" });

export const Reasoned = z.strictObject({ reason: Reason }).meta({ id: "Reasoned" });

export const SubjectList = z
  .strictObject({
    subjects: z
      .array(
        z.strictObject({
          name: z.string(),
          version: z.string(),
          state: z.enum(LIFECYCLE),
          suspended: z.string().nullable().describe("Why nobody reaches it."),
          since: z.string().nullable(),
          description: z.string(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "SubjectList" });

export const SubjectReport = z
  .strictObject({
    kind: z.enum(SUBJECT_KINDS),
    name: z.string(),
    version: z.string(),
    description: z.string(),
    state: z.enum(LIFECYCLE),
    suspension: z
      .strictObject({ cause: z.string(), detail: z.string(), at: z.string() })
      .readonly()
      .nullable(),
    since: z.string().nullable(),
    locks: z.array(Lock).readonly(),
    workflows: z.array(WorkflowLock).readonly(),
    packs: z.array(PackLock).readonly(),
    principals: z.array(z.string()).readonly().nullable(),
    proposals: z.array(z.strictObject({ id: z.string(), status: ProposalStatus })).readonly(),
  })
  .meta({ id: "Subject" });

export const PrincipalList = z
  .strictObject({
    principals: z
      .array(z.strictObject({ name: z.string(), person: z.string(), roles: z.array(Role).readonly() }))
      .readonly(),
  })
  .meta({ id: "PrincipalList" });

export const Registration = z
  .strictObject({
    person: z.string().min(1).max(200).optional().describe("Who it is; without it, the name."),
    roles: z.array(Role).describe("In place of those before; none takes all of them."),
  })
  .meta({ id: "Registration" });

export const CapabilityList = z
  .strictObject({
    capabilities: z
      .array(
        z.strictObject({
          id: z.string(),
          version: z.string(),
          name: z.string(),
          risk: Risk,
          undo: z.string(),
          effects: z.array(z.string()).readonly(),
          description: z.string(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "CapabilityList" });

export const CapabilityReport = z
  .looseObject({ id: z.string(), version: z.string(), specHash: z.string() })
  .meta({
    id: "CapabilityReport",
    description: "The spec (assets/schemas/capability.schema.json), and its hash.",
  });

export const WorkflowList = z
  .strictObject({
    workflows: z
      .array(z.strictObject({ name: z.string(), version: z.string(), description: z.string() }))
      .readonly(),
  })
  .meta({ id: "WorkflowList" });

const Schema = z.record(z.string(), z.unknown()).readonly();

export const WorkflowText = z
  .strictObject({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    text: z.string(),
    inputs: Schema.nullable().describe("JSON Schema of what a run takes; null where the file is faulty."),
    steps: z
      .array(
        z.strictObject({
          step: z.string(),
          type: z.string(),
          capability: z.string().nullable(),
          block: z.string().nullable().describe("The step that holds it."),
          branch: z.enum(["steps", "then", "else"]).nullable(),
          waitsFor: z.array(z.string()).readonly().describe("Steps beside it that have to end before."),
        }),
      )
      .nullable()
      .describe("Every step, the rounds of a foreach once; null where the file is faulty."),
  })
  .meta({ id: "WorkflowText" });

export const OfferList = z
  .strictObject({
    offers: z
      .array(
        z.strictObject({
          name: z.string().describe("Of the facade, or the capability's id."),
          kind: z.enum(["facade", "capability"]),
          description: z.string(),
          target: z.string().describe("What a run of it names as `target`."),
          inputs: Schema.describe("JSON Schema of what a run of it takes."),
          risk: Risk.describe("The highest of what it can run."),
          phrases: z.array(z.string()).readonly().describe("How people ask for it."),
        }),
      )
      .readonly(),
  })
  .meta({ id: "OfferList" });
