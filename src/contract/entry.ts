import { z } from "zod";

import { ApprovalBatch, ApprovalTerms } from "./approval.ts";
import { CATEGORIES, ERRORS } from "./errors.ts";
import { event, runEvent, stepEvent } from "./event.ts";
import { Correlation } from "./correlation.ts";
import { GOVERNANCE_EVENTS } from "./governance-event.ts";
import { Governor, HOOK_EVENTS, HOOK_ROLES, HookDecision } from "./governor.ts";
import type { Image } from "./image.ts";
import { PlannedChange } from "./planned-change.ts";

/** Values inside an entry: plain JSON, where `$sealed` and `$blob` stand for what is kept elsewhere (see `seal.ts`). */
const Value = z.unknown();
const Values = z.record(z.string(), Value);

export const FailureSchema = z.strictObject({
  code: z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS]),
  category: z.enum(Object.keys(CATEGORIES) as [keyof typeof CATEGORIES]),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
  details: Value.optional(),
});

const Mode = z.int().min(0).max(0o7777);
const ImageSchema: z.ZodType<Image> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("absent") }),
  z.strictObject({
    kind: z.literal("file"),
    hash: z.string(),
    size: z.number(),
    mode: Mode,
    mtimeNs: z.string(),
  }),
  z.strictObject({ kind: z.literal("link"), target: z.string(), mtimeNs: z.string() }),
  z.strictObject({ kind: z.literal("dir"), mode: Mode, mtimeNs: z.string() }),
  z.strictObject({
    kind: z.literal("tree"),
    hash: z.string(),
    content: z.string(),
    files: z.number(),
    size: z.number(),
  }),
]);
const ChangeSchema = z.strictObject({
  path: z.string(),
  before: ImageSchema,
  after: ImageSchema,
  movedFrom: z.string().optional(),
});

/** What a step read: the mark that shows whether the path is still so; a number stands for many paths below it. */
const ReadSchema = z.strictObject({
  path: z.string(),
  mark: z.union([z.string(), z.int()]),
});
export type Read = z.output<typeof ReadSchema>;

/** The process that works on a run; `lock` names the lock file whose lock the kernel drops when it dies. */
export const Owner = z.strictObject({ process: z.string(), pid: z.int(), host: z.string() });
export type Owner = z.output<typeof Owner>;

const LookedAfter = z
  .int()
  .optional()
  .describe("The newest entry when the paths were looked at; no other run changed them since.");

const Role = z.enum(["step", "compensation", "global-compensation"]);

const UndoMode = z.enum(["strict", "merge", "force"]);

const PanicId = z.string().optional().describe("The panic that it follows from; the home ledger has it.");

/** How an attempt was decided about, so that it can be decided again. */
const Decided = {
  receipt: z.string().optional().describe("Digest of the recorded receipt of the constitution."),
  request: z.string().optional().describe("Digest of what was decided about, secrets left out."),
};

/** A ledger comes under another key, and the key before says so. */
export const KeyChange = z.object({
  publicKey: z.string().describe("Signs the checkpoints from now on."),
  previous: z.string(),
  signature: z.string().describe("Of the new key, by the previous one; base64."),
});
export type KeyChange = z.output<typeof KeyChange>;

/** Everything that can happen, by type. A step's key is its path: `name`, `block/name`, `each[2]/name`. */
export const LedgerEvent = z.discriminatedUnion("type", [
  event("ledger-created", {
    id: z.string(),
    kind: z.enum(["home", "workspace"]),
    format: z.literal(1),
    publicKey: z.string(),
  }),
  event("object-recorded", {
    kind: z.enum([
      "principal",
      "workflow",
      "capability",
      "pack",
      "facade",
      "policy",
      "receipt",
      "suggestion",
    ]),
    digest: z.string(),
    value: Value,
  }),
  event("key-changed", KeyChange.shape),
  event("plaintext-erased", { commitments: z.array(z.string()), subject: z.string(), reason: z.string() }),
  ...GOVERNANCE_EVENTS,
  event("request-accepted", {
    key: z
      .string()
      .describe("The caller's own name for the request, which has one effect however often it comes."),
    request: z.string().describe("Digest of what was asked for."),
    run: z.string().optional().describe("The run that answers it, where it starts one."),
  }),
  event("request-answered", {
    key: z.string(),
    answer: z
      .strictObject({ status: z.int(), type: z.string(), body: z.string() })
      .optional()
      .describe(
        "What the same request is answered with; without it nothing came of it, and the key is free.",
      ),
  }),
  event("data-read", {
    run: z.string(),
    step: z.string(),
    labels: z.array(z.string()).describe("Classes of the data that the run and the session now have."),
  }),

  runEvent("run-started", {
    kind: z.enum(["capability", "workflow"]),
    name: z.string(),
    version: z.string(),
    spec: z.string().describe("Digest of the workflow's recorded object."),
    subSpecs: z.record(z.string(), z.string()).describe("Digests of the sub-workflows, by name."),
    inputs: Values,
    cwd: z.string(),
    homeHead: z.string().describe("Hash of the home ledger's last entry that the run was decided under."),
    owner: Owner,
    autoRollback: z.boolean(),
    facade: z
      .string()
      .optional()
      .describe("Facade through which it was asked for, as name@version; each step needs it ACTIVE."),
    correlation: Correlation.optional().describe("Who asked for it, in the words of the system that did."),
    governor: Governor.optional().describe("Who is asked before each step, whichever process goes on."),
  }),
  runEvent("run-claimed", { owner: Owner, from: z.string().describe("The process that died.") }),
  runEvent("run-paused", { reason: z.string(), panic: PanicId }),
  runEvent("run-resumed", { reason: z.string() }),
  runEvent("run-cancel-requested", { reason: z.string(), rollback: z.boolean(), panic: PanicId }),
  runEvent("run-timed-out", {}),
  runEvent("run-restarted", { attempt: z.int(), failure: FailureSchema }),
  runEvent("run-completed", {}),
  runEvent("run-failed", { failure: FailureSchema }),
  runEvent("rollback-started", { reason: z.string(), failure: FailureSchema.optional() }),
  runEvent("run-rolled-back", { reason: z.string() }),
  runEvent("rollback-incomplete", {
    restored: z.array(z.string()),
    notRestored: z.array(z.string()),
    failure: FailureSchema,
  }),
  runEvent("undo-started", {
    action: z.enum(["undo", "redo"]),
    mode: UndoMode,
    only: z.string().optional().describe("One step, and what is in it; without it the whole run."),
    reason: z.string(),
    owner: Owner.describe("Who carries it out, and owns the ended run meanwhile."),
  }),
  runEvent("run-undone", { reason: z.string(), partial: z.boolean() }),
  runEvent("run-redone", { reason: z.string(), status: z.enum(["COMPLETED", "FAILED"]) }),
  runEvent("hook-answered", {
    event: z.enum(HOOK_EVENTS),
    step: z.string().optional().describe("Of pre_step and post_step."),
    role: z.enum(HOOK_ROLES).optional(),
    attempt: z.int().optional(),
    decision: HookDecision,
    reason: z.string(),
    violation: z.string().optional().describe("The governor's own id of the rule that was broken."),
    failed: z.string().optional().describe("Why the fail mode had to answer."),
  }),

  stepEvent("block-entered", {
    branch: z.string().optional().describe("Of a CONDITION: then or else."),
    items: z.array(Value).optional().describe("Of a foreach."),
    variables: Values.optional().describe("Of a WORKFLOW: its resolved inputs."),
  }),
  stepEvent("step-skipped", { reason: z.string() }),
  stepEvent("step-intended", {
    attempt: z.int(),
    capability: z.string(),
    version: z.string(),
    spec: z.string().describe("Digest of the capability's recorded object."),
    pack: z.string().optional().describe("The ACTIVE pack through which it was reached."),
    undo: z.enum(["none", "reversible", "compensable", "irreversible"]),
    idempotent: z.boolean(),
    inputs: Values,
    idempotencyKey: z.string(),
    rules: z.array(z.string()).describe("Ids of the policy rules that allowed it."),
    approval: z.string().optional().describe("The approval that was used up."),
    coveredBy: z
      .string()
      .optional()
      .describe("The approval of a call like it, whose answer covers this one."),
    role: Role,
    ...Decided,
  }),
  stepEvent("step-withheld", {
    attempt: z.int(),
    outcome: z.enum(["step_up", "defer", "deny"]),
    capability: z.string(),
    version: z.string(),
    spec: z.string().describe("Digest of the capability's recorded object."),
    inputs: Values,
    rules: z.array(z.string()).describe("Ids of the policy rules that led to it."),
    reason: z.string(),
    role: Role,
    ...Decided,
  }),
  stepEvent("step-completed", {
    attempt: z.int(),
    outputs: Values,
    durationMs: z.number(),
    role: Role.optional(),
    reads: z
      .array(ReadSchema)
      .optional()
      .describe("Of a workflow: what it has read since the last such entry, and not changed."),
    rules: z.array(z.string()).optional().describe("Of a governed run: ids of the rules that let it stand."),
  }),
  stepEvent("step-failed", {
    attempt: z.int(),
    failure: FailureSchema,
    durationMs: z.number(),
    retryAt: z.string().optional(),
    role: Role.optional(),
  }),
  stepEvent("step-interrupted", { attempt: z.int(), outcome: z.enum(["undone", "repeatable", "unknown"]) }),
  stepEvent("effect-intended", {
    op: z.enum(["write", "make-dir", "remove", "move", "copy", "http", "process"]),
    changes: z.array(ChangeSchema),
    lookedAfter: LookedAfter,
    target: z.string().optional().describe("For an effect outside the workspace: what was addressed."),
  }),
  stepEvent("approval-requested", {
    approval: z.string(),
    binds: z.string().describe("Digest of what is approved."),
    text: z.string().describe("What is shown to whoever answers."),
    full: z
      .string()
      .optional()
      .describe("The same with nothing left out, where `text` leaves something out."),
    changes: z.array(PlannedChange).optional().describe("What it would change, as the text shows it."),
    rules: z.array(z.string()).optional().describe("Ids of the policy rules that ask."),
    terms: ApprovalTerms.optional(),
    batch: ApprovalBatch.optional(),
    approvers: z.array(z.string()),
    expiresAt: z.string().optional(),
  }),
  stepEvent("approval-confirmed", {
    approval: z.string(),
    person: z.string().describe("Who said yes, whatever the account is."),
    reason: z.string(),
  }),
  stepEvent("approval-revoked", { approval: z.string(), reason: z.string() }),
  stepEvent("approval-decided", {
    approval: z.string(),
    decision: z.enum(["approved", "rejected", "expired"]),
    reason: z.string(),
  }),
  stepEvent("undo-intended", {
    of: z.int().describe("Sequence number of the effect-intended or undo-intended entry that is inverted."),
    mode: UndoMode,
    changes: z.array(ChangeSchema),
    lookedAfter: LookedAfter,
  }),
  stepEvent("undo-completed", {
    of: z.int(),
    kept: z.array(z.string()).describe("Directories left because others use them."),
  }),
  stepEvent("undo-refused", { of: z.int(), failure: FailureSchema }),
]);

export type LedgerEvent = z.output<typeof LedgerEvent>;
export type EventType = LedgerEvent["type"];
export type EventOf<Type extends EventType> = Extract<LedgerEvent, { type: Type }>;

/** What every entry has beside its event. `hash = sha256(previous hash ‖ canonical JSON of the entry)`. */
export type Entry<Event extends LedgerEvent = LedgerEvent> = Event & {
  readonly seq: number;
  /** ISO 8601 UTC, milliseconds. */
  readonly at: string;
  /** Digest of the principal's recorded object. */
  readonly by: string;
};

/** What happens to a run: the events that the run's state is folded from. */
export type RunEvent = Extract<LedgerEvent, { run: string }>;
