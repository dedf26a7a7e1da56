import { z } from "zod";

import { Risk } from "./capability.ts";
import { PlannedChange } from "./planned-change.ts";
import { Principal } from "./principal.ts";

/** Who may answer an approval, and how often it takes a yes; fixed when it is asked for. */
export const ApprovalTerms = z.strictObject({
  risk: Risk,
  own: z.boolean().describe("The person in whose name it runs may answer without any role."),
  roles: z
    .array(z.array(z.string()))
    .describe("Of each list, whoever else answers has one role; an admin has them all."),
  quorum: z.int().min(1).describe("How many different persons must say yes."),
});
export type ApprovalTerms = Readonly<z.output<typeof ApprovalTerms>>;

/** One answer also covers calls that are alike, because a policy says so. */
export const ApprovalBatch = z.strictObject({
  key: z.string().describe("Digest of what the calls have in common."),
  seconds: z.number().positive().describe("For so long after the answer."),
});
export type ApprovalBatch = Readonly<z.output<typeof ApprovalBatch>>;

/** What the policies that ask for an approval say about it. */
export type Requirement = {
  readonly roles: readonly (readonly string[])[];
  readonly quorum: number;
  /** The one input in which calls of a batch may differ; empty where they may not. */
  readonly batch?: { readonly field: string; readonly seconds: number } | undefined;
};

/** What is put to a human. `full` is there where `text` leaves something out. */
export type Question = {
  readonly binds: string;
  readonly text: string;
  readonly full?: string;
  /** What the call would change; without it, that was not worked out. */
  readonly changes?: readonly PlannedChange[] | undefined;
  readonly rules: readonly string[];
  readonly terms: ApprovalTerms;
  /** Unanswered for so long, it is denied. */
  readonly timeoutSeconds?: number | undefined;
  readonly batch?: ApprovalBatch | undefined;
};

/** An approval that was asked for, as whoever answers has to see it. */
export type Asked = {
  readonly terms: ApprovalTerms;
  /** Who alone may answer, by name; empty for everybody whom the terms allow. */
  readonly approvers: readonly string[];
  /** In whose name it would run. */
  readonly by: Principal;
};

/** The rules of approvals, supplied from outside the kernel. */
export type ApprovalRules = {
  /** For a call that is reached through a pack (`name@version`), or for a step without a call. */
  readonly terms: (about: {
    readonly risk: Risk;
    readonly pack?: string | undefined;
    readonly requirement?: Requirement | undefined;
  }) => ApprovalTerms;
  /** For how long an approval is open where nothing says otherwise. */
  readonly defaultSeconds: () => number;
  /** The person behind somebody who may answer; the one in whose name it runs may always say no. @throws DENIED */
  readonly person: (asked: Asked, answers: Principal, isNo?: boolean) => string;
  /** Counts one more question to the human behind a principal. @throws APPROVAL_LIMIT where there were too many of late */
  readonly count: (principal: Principal, approval: string) => void;
};

export const APPROVAL_STATES = [
  "open",
  "approved",
  "used",
  "rejected",
  "expired",
  "revoked",
  "closed",
] as const;

/** An approval, as every surface shows it. */
export const ApprovalView = z.object({
  id: z.string(),
  run: z.string(),
  step: z.string(),
  state: z
    .enum(APPROVAL_STATES)
    .describe(
      "approved: granted and not used yet; expired: also where nobody denied it yet; closed: the run went on without it.",
    ),
  text: z.string().describe("What is approved, as the runtime rendered it; long parts are cut."),
  full: z.string().describe("The same with nothing left out."),
  binds: z.string().describe("Digest of what is approved, as the ledger has it."),
  digest: z
    .string()
    .describe(
      "Of `id`, `binds` and `full`: what an answer names, so that it holds for what was shown alone.",
    ),
  changes: z
    .array(PlannedChange)
    .nullable()
    .describe("What it would change; null where that was not worked out beforehand."),
  rules: z.array(z.string()).describe("Policies that ask."),
  risk: Risk,
  requestedBy: Principal,
  requestedAt: z.string(),
  expiresAt: z.string().nullable(),
  approvers: z
    .array(z.string())
    .describe("Who alone may answer, by name; empty for all whom the terms allow."),
  terms: ApprovalTerms,
  answers: z.array(
    z.object({
      by: Principal,
      at: z.string(),
      answer: z.enum(["confirmed", "approved", "rejected", "expired", "revoked"]),
      reason: z.string(),
    }),
  ),
});
export type ApprovalView = Readonly<z.output<typeof ApprovalView>>;
