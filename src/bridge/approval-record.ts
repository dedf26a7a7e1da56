import type { ApprovalRecord } from "../contract/execution-record.ts";
import { openApprovals } from "../workflow/view-approvals.ts";
import type { Runtime } from "../workflow/runtime.ts";

/** What a run waits for, by step, as records show it. */
export function approvalRecords(
  runtime: Pick<Runtime, "ledger">,
  run: string,
): ReadonlyMap<string, ApprovalRecord> {
  return new Map(
    openApprovals(runtime, run).map(({ step, data }) => [
      step,
      { id: data.approval, text: data.text, approvers: data.approvers, expiresAt: data.expiresAt ?? null },
    ]),
  );
}
