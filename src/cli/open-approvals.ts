import type { Entry, EventOf } from "../contract/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";

export type OpenApproval = {
  readonly step: string;
  /** What is approved, as the runtime rendered it. */
  readonly text: string;
  readonly approvers: readonly string[];
  readonly expiresAt: string | null;
};

type Requested = Entry<EventOf<"approval-requested">>;

/** What a run waits for, oldest first. */
export function openApprovals(ledger: Pick<Ledger, "entries">, run: string): OpenApproval[] {
  const open = new Map<string, Requested>();
  const types = ["approval-requested", "approval-decided", "run-restarted", "rollback-started"] as const;
  for (const entry of ledger.entries({ run, types })) {
    if (entry.type === "approval-requested") open.set(entry.data.approval, entry);
    else if (entry.type === "approval-decided") open.delete(entry.data.approval);
    else open.clear();
  }
  return [...open.values()].map(({ step, data }) => ({
    step,
    text: data.text,
    approvers: data.approvers,
    expiresAt: data.expiresAt ?? null,
  }));
}
