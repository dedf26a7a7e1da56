import type { ApprovalTerms, ApprovalView, Asked } from "../contract/approval.ts";
import { digestOf } from "../contract/digest.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";

type Answer = Entry<EventOf<"approval-confirmed" | "approval-decided" | "approval-revoked">>;

/** An approval, folded from the entries of its run. */
export type Approval = {
  readonly entry: Entry<EventOf<"approval-requested">>;
  readonly answers: readonly Answer[];
  /** The run went on without it: it ended, is taken back or began again. */
  readonly isOver: boolean;
  readonly isUsed: boolean;
};

const TYPES = [
  "approval-requested",
  "approval-confirmed",
  "approval-decided",
  "approval-revoked",
  "step-intended",
  "run-restarted",
  "rollback-started",
  "run-failed",
  "run-completed",
] as const;

/** Every approval that a run asked for, oldest first. */
export function approvalsOf({ entries }: Pick<Ledger, "entries">, run: string): Approval[] {
  const found = new Map<string, Approval>();
  const change = (id: string, after: (approval: Approval) => Approval): void => {
    const approval = found.get(id);
    if (approval !== undefined) found.set(id, after(approval));
  };
  for (const entry of entries({ run, types: TYPES })) {
    switch (entry.type) {
      case "approval-requested":
        found.set(entry.data.approval, { entry, answers: [], isOver: false, isUsed: false });
        break;
      case "approval-confirmed":
      case "approval-decided":
      case "approval-revoked":
        change(entry.data.approval, (before) => ({ ...before, answers: [...before.answers, entry] }));
        break;
      case "step-intended":
        if (entry.data.approval !== undefined)
          change(entry.data.approval, (before) => ({ ...before, isUsed: true }));
        break;
      default:
        for (const id of found.keys()) change(id, (before) => ({ ...before, isOver: true }));
    }
  }
  return [...found.values()];
}

/** Nobody has answered it for good, and it is still waited for. */
export function isOpen({ answers, isOver }: Approval): boolean {
  return !isOver && !answers.some(({ type }) => type !== "approval-confirmed");
}

export function isOverdue({ entry: { data } }: Pick<Approval, "entry">, nowMs: number): boolean {
  return data.expiresAt !== undefined && Date.parse(data.expiresAt) < nowMs;
}

export function stateOf(approval: Approval, nowMs: number): ApprovalView["state"] {
  const { answers, isOver, isUsed } = approval;
  if (answers.some(({ type }) => type === "approval-revoked")) return "revoked";
  if (isUsed) return "used";
  const decided = answers.find((answer) => answer.type === "approval-decided");
  if (decided !== undefined && decided.data.decision !== "approved") return decided.data.decision;
  if (isOver) return "closed";
  if (isOverdue(approval, nowMs)) return "expired";
  return decided === undefined ? "open" : "approved";
}

/** Names an approval together with what is shown of it. */
export function digestShown({ entry: { data } }: Pick<Approval, "entry">): string {
  return digestOf({ id: data.approval, binds: data.binds, full: data.full ?? data.text });
}

/** What whoever answers is held to. `usual` are the terms of an approval from before they were recorded. */
export function askedOf(
  ledger: Pick<Ledger, "object">,
  { entry: { data, by } }: Approval,
  usual: () => ApprovalTerms,
): Asked {
  const { terms = usual(), approvers } = data;
  return { terms, approvers, by: principalOf(ledger, by) };
}

export function principalOf({ object }: Pick<Ledger, "object">, reference: string): Principal {
  return object(reference) as Principal;
}
