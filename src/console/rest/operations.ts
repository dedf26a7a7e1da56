import type { z } from "zod";

import type * as approval from "../../contract/rest/approval.ts";
import type * as chain from "../../contract/rest/chain.ts";
import type * as file from "../../contract/rest/file.ts";
import type * as ledger from "../../contract/rest/ledger.ts";
import type * as panic from "../../contract/rest/panic.ts";
import type * as policy from "../../contract/rest/policy.ts";
import type * as run from "../../contract/rest/run.ts";
import type * as service from "../../contract/rest/service.ts";
import type { SkillMemory } from "../../contract/skill-memory.ts";

// What the server answers with; the types come from the schemas that it encodes by.
export type Run = run.Run;
export type RunStatusName = run.RunStatusName;
export type RunSummary = run.RunSummary;
export type Step = Run["steps"][number];
export type RunList = z.output<typeof run.RunPage>;
export type Diff = z.output<typeof run.RunDiff>;
export type PathDiff = Diff["changes"][number];
export type Plan = z.output<typeof run.PlanOfRun>;
export type Planned = z.output<typeof run.PlannedChangeShown>;
export type Started = z.output<typeof run.StartedRun>;

export type Approval = z.output<typeof approval.Approval>;
export type Approvals = z.output<typeof approval.ApprovalPage>;
export type Risk = Approval["risk"];

export type Entry = z.output<typeof ledger.LedgerEntry>;
export type Entries = z.output<typeof ledger.EntryPage>;
export type Head = z.output<typeof ledger.LedgerHead>;
export type ChainLinks = ledger.ChainPage;
export type Proof = z.output<typeof ledger.Proof>;

export type OnePanic = z.output<typeof panic.Panic>;
export type Panics = z.output<typeof panic.PanicList>;

export type Offers = z.output<typeof chain.OfferList>;
export type Offer = Offers["offers"][number];
export type WorkflowFiles = z.output<typeof chain.WorkflowList>;
export type WorkflowFile = z.output<typeof chain.WorkflowText>;
export type Capabilities = z.output<typeof chain.CapabilityList>;
export type Subjects = z.output<typeof chain.SubjectList>;
export type Subject = z.output<typeof chain.SubjectReport>;
export type Proposals = z.output<typeof chain.ProposalList>;
export type Proposal = z.output<typeof chain.ProposalReport>;

export type Files = z.output<typeof file.FileList>;
export type History = z.output<typeof file.FileHistory>;
export type Version = History["versions"][number];

export type PolicyInForce = z.output<typeof policy.PolicyInForce>;
export type PolicySet = PolicyInForce["set"];
export type Explanations = z.output<typeof policy.Explanations>;
export type Differences = z.output<typeof policy.PolicyDifferences>;
export type Memory = SkillMemory;

export type Healthy = z.output<typeof service.Health>;
export type Who = z.output<typeof service.Session>;
