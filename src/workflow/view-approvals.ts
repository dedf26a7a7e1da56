import type { ApprovalView } from "../contract/approval.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import {
  type Approval,
  approvalsOf,
  askedOf,
  digestShown,
  isOpen,
  principalOf,
  stateOf,
} from "../kernel/approvals.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { allRuns } from "./all-runs.ts";

type Known = Pick<Kernel, "ledger" | "approvals" | "now">;

/** The approvals that a run waits for. */
export function openApprovals(
  { ledger }: Pick<Kernel, "ledger">,
  run: string,
): Entry<EventOf<"approval-requested">>[] {
  return openOf({ ledger }, run).map(({ entry }) => entry);
}

/** The same with their answers. */
export function openOf({ ledger }: Pick<Kernel, "ledger">, run: string): Approval[] {
  return approvalsOf(ledger, run).filter(isOpen);
}

/** An approval, as every surface shows it. @throws APPROVAL_UNKNOWN */
export function viewApproval(kernel: Known, id: string): ApprovalView {
  return toView(kernel, theApproval(kernel, id));
}

/** Every approval that some run waits for, oldest run first. */
export function viewOpenApprovals(kernel: Known, runs: Iterable<string>): ApprovalView[] {
  return [...runs].flatMap((run) => openOf(kernel, run)).map((approval) => toView(kernel, approval));
}

export type ApprovalFilter = {
  readonly state: "waiting" | "decided" | "all";
  readonly run?: string | undefined;
  /** Only those that were asked for before this entry. */
  readonly before?: number | undefined;
  readonly limit: number;
};

/** A page of approvals, the newest first, and before which entry the next one goes on; null after the last. */
export function listApprovals(
  kernel: Known,
  { limit, ...filter }: ApprovalFilter,
): { readonly approvals: ApprovalView[]; readonly next: number | null } {
  const found: Approval[] = [];
  for (const approval of filter.state === "waiting" ? waiting(kernel, filter) : asked(kernel, filter)) {
    const last = found.at(-1);
    if (last !== undefined && found.length === limit)
      return { approvals: views(kernel, found), next: last.entry.seq };
    found.push(approval);
  }
  return { approvals: views(kernel, found), next: null };
}

function views(kernel: Known, approvals: readonly Approval[]): ApprovalView[] {
  return approvals.map((approval) => toView(kernel, approval));
}

/** Few runs are open at a time, however many there were. */
function waiting({ ledger }: Known, { run, before = Infinity }: Omit<ApprovalFilter, "limit">): Approval[] {
  const runs = run === undefined ? [...allRuns(ledger, { open: true })].map(({ id }) => id) : [run];
  return runs
    .flatMap((id) => openOf({ ledger }, id))
    .filter(({ entry }) => entry.seq < before)
    .sort((left, right) => right.entry.seq - left.entry.seq);
}

function* asked(
  { ledger }: Known,
  { run, before, state }: Omit<ApprovalFilter, "limit">,
): Generator<Approval> {
  const types = ["approval-requested"] as const;
  const own = run === undefined ? {} : { run };
  const older = before === undefined ? {} : { beforeSeq: before };
  for (const { seq, run: id } of ledger.entries({
    types,
    ...own,
    ...older,
    descending: true,
    sealed: true,
  })) {
    const approval = approvalsOf(ledger, id).find(({ entry }) => entry.seq === seq);
    if (approval !== undefined && (state === "all" || !isOpen(approval))) yield approval;
  }
}

/** Whether somebody may answer an approval, and why not. @throws APPROVAL_UNKNOWN */
export function mayAnswer(
  kernel: Known,
  id: string,
  principal: Principal,
): { readonly approve: boolean; readonly reject: boolean; readonly why: string | null } {
  const terms = askedFor(kernel, theApproval(kernel, id));
  const whyNot = (isNo: boolean): string | null => {
    try {
      kernel.approvals.person(terms, principal, isNo);
      return null;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "DENIED") return error.message;
      throw error;
    }
  };
  const [approve, reject] = [whyNot(false), whyNot(true)];
  return { approve: approve === null, reject: reject === null, why: approve ?? reject };
}

function toView(kernel: Known, approval: Approval): ApprovalView {
  const { ledger, now } = kernel;
  const { run, step, at, data } = approval.entry;
  const { by, terms, approvers } = askedFor(kernel, approval);
  return {
    id: data.approval,
    run,
    step,
    state: stateOf(approval, now()),
    text: data.text,
    full: data.full ?? data.text,
    binds: data.binds,
    digest: digestShown(approval),
    changes: data.changes ?? null,
    rules: data.rules ?? [],
    risk: terms.risk,
    requestedBy: by,
    requestedAt: at,
    expiresAt: data.expiresAt ?? null,
    approvers: [...approvers],
    terms,
    answers: approval.answers.map((each) => ({
      by: principalOf(ledger, each.by),
      at: each.at,
      answer: answerOf(each),
      reason: each.data.reason,
    })),
  };
}

function answerOf(entry: Approval["answers"][number]): ApprovalView["answers"][number]["answer"] {
  switch (entry.type) {
    case "approval-confirmed":
      return "confirmed";
    case "approval-revoked":
      return "revoked";
    case "approval-decided":
      return entry.data.decision;
    default:
      return entry satisfies never;
  }
}

/** What whoever answers is held to. */
export function askedFor({ ledger, approvals }: Known, approval: Approval) {
  return askedOf(ledger, approval, () => approvals.terms({ risk: "MEDIUM" }));
}

/** @throws APPROVAL_UNKNOWN */
export function theApproval({ ledger }: Pick<Kernel, "ledger">, id: string): Approval {
  const found = ledger.approval(id);
  const approval = found && approvalsOf(ledger, found.run).find(({ entry }) => entry.data.approval === id);
  if (approval !== undefined) return approval;
  throw new RuntimeError("APPROVAL_UNKNOWN", `There is no approval "${id.slice(0, 100)}" in this workspace.`);
}
