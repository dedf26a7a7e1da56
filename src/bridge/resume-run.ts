import { RuntimeError } from "../contract/errors.ts";
import { openApprovals } from "../workflow/view-approvals.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { settleRun } from "./settle-run.ts";

type Answer = {
  readonly decision: "approve" | "reject";
  readonly approver: string;
  readonly step: string | undefined;
};

/**
 * Answers the approval that a run waits for; a run that a person or a governor paused goes on, or is taken back.
 *
 * @throws STATE_CONFLICT where it waits for nothing, or was answered the other way; DENIED, RUN_UNKNOWN
 */
export async function resumeRun(
  runtime: Runtime,
  run: string,
  { decision, approver, step }: Answer,
): Promise<RunView> {
  const isApproved = decision === "approve";
  const reason = `${isApproved ? "approved" : "rejected"} by ${approver} over the bridge`;
  const { status } = runtime.show(run);
  const isAsked = openApprovals(runtime, run).length > 0;
  if (status === "PAUSED" && !isAsked)
    return isApproved ? runtime.resume(run, reason) : runtime.cancel(run, reason, true);
  if (!isAsked && lastOrder(runtime, run) === decision) return settleRun(runtime, run);
  const verdict = { decision: isApproved ? "approved" : "rejected", reason } as const;
  try {
    return await runtime.decide(run, verdict, step);
  } catch (error) {
    const isUnasked = error instanceof RuntimeError && error.code === "STATE_CONFLICT" && !isAsked;
    if (!isUnasked || !isApproved || (status !== "RUNNING" && status !== "ROLLING_BACK")) throw error;
    // Nobody was asked: the process that worked on it died.
    return settleRun(runtime, run);
  }
}

/** What the last pause was answered with that was no approval. */
function lastOrder(runtime: Runtime, run: string): Answer["decision"] | undefined {
  const types = ["run-resumed", "run-cancel-requested", "approval-decided"] as const;
  for (const entry of runtime.ledger.entries({ run, types, descending: true })) {
    if (entry.type === "run-resumed") return "approve";
    if (entry.type === "run-cancel-requested") return entry.data.rollback ? "reject" : undefined;
    return undefined;
  }
  return undefined;
}
