import type { Runtime } from "./runtime.ts";
import { openApprovals } from "./control.ts";

export type OpenApproval = {
  readonly step: string;
  /** What is approved, as the runtime rendered it. */
  readonly text: string;
  readonly approvers: readonly string[];
  readonly expiresAt: string | null;
};

/** What a run waits for, as the command line shows it; oldest first. */
export function showApprovals(runtime: Pick<Runtime, "ledger">, run: string): OpenApproval[] {
  return openApprovals(runtime, run).map(({ step, data }) => ({
    step,
    text: data.text,
    approvers: data.approvers,
    expiresAt: data.expiresAt ?? null,
  }));
}
