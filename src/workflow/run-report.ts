import type { ApprovalView } from "../contract/approval.ts";
import type { Runtime } from "./runtime.ts";
import type { RunView } from "./view.ts";
import { type ChangedPath, changedPaths } from "./changed-paths.ts";

/** A run with what a person wants to know after it. */
export type RunReport = RunView & {
  readonly changed: readonly ChangedPath[];
  readonly approvals: readonly ApprovalView[];
  readonly ledger: { readonly entries: number; readonly head: string };
};

export function reportRun(
  { ledger, approvals }: Pick<Runtime, "ledger" | "approvals">,
  view: RunView,
): RunReport {
  const { seq, hash } = ledger.head();
  return {
    ...view,
    reason: view.reason ?? (view.status === "PAUSED" ? pauseReason(ledger, view.run) : null),
    changed: changedPaths(ledger, view.run),
    approvals: view.status === "PAUSED" ? approvals(view.run) : [],
    ledger: { entries: seq, head: hash },
  };
}

function pauseReason(ledger: Pick<Runtime["ledger"], "entries">, run: string): string | null {
  for (const entry of ledger.entries({ run, types: ["run-paused", "run-resumed"], descending: true }))
    return entry.type === "run-paused" ? entry.data.reason : null;
  return null;
}
