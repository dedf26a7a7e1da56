import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { showValue } from "../contract/spec-problems.ts";
import { type Approval, digestShown, isOpen, isOverdue, stateOf } from "../kernel/approvals.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { append, type Control, goOn, requireNoPanic } from "./control.ts";
import type { StartedRun } from "./engine.ts";
import { askedFor, openOf, theApproval } from "./view-approvals.ts";

export type Verdict = { readonly decision: "approved" | "rejected"; readonly reason: string };

/**
 * Answers the open approval of a run (of one step, where several are open). Answering again in the same way changes
 * nothing. Where it takes several persons, it stays open until enough of them said yes; one no ends it. The run goes
 * on here, unless a living process has it.
 *
 * @throws RUN_UNKNOWN; PANIC for a yes; STATE_CONFLICT where nothing waits, or it was decided the other way; DENIED for whom the terms
 * do not allow to answer; INPUT_INVALID for what is no verdict
 */
export async function decideApproval(
  control: Control,
  run: string,
  verdict: Verdict,
  step?: string,
): Promise<StartedRun> {
  const { engine, kernel } = control;
  requireVerdict(verdict);
  const { status } = engine.row(run);
  const open = openOf(kernel, run).filter(({ entry }) => step === undefined || entry.step === step);
  const [approval, another] = open;
  if (approval === undefined) {
    if (lastVerdict(kernel, run, step) === verdict.decision) return goOn(control, run);
    throw new RuntimeError(
      "STATE_CONFLICT",
      `Run ${run} is ${status} and waits for no approval${step === undefined ? "" : ` of the step "${step}"`}.`,
    );
  }
  if (another !== undefined)
    throw new RuntimeError(
      "STATE_CONFLICT",
      `Run ${run} waits for several approvals: ${open.map(({ entry }) => entry.step).join(", ")}. Name the step.`,
    );
  return answer(control, approval, verdict);
}

/**
 * The same by the approval's own id. `shown`: the digest of what the person was shown, where that was not in this
 * process.
 *
 * @throws APPROVAL_UNKNOWN; STATE_CONFLICT where something else was shown; and as above
 */
export async function answerApproval(
  control: Control,
  id: string,
  verdict: Verdict,
  shown?: string,
): Promise<StartedRun> {
  const { kernel } = control;
  requireVerdict(verdict);
  const approval = theApproval(kernel, id);
  if (shown !== undefined && shown !== digestShown(approval))
    throw new RuntimeError(
      "STATE_CONFLICT",
      `The answer is to ${shown.slice(0, 64)}, and the approval ${id} is ${digestShown(approval)}: look at it again.`,
    );
  if (isOpen(approval)) return answer(control, approval, verdict);
  const { run, step } = approval.entry;
  const state = stateOf(approval, kernel.now());
  const same = verdict.decision === "approved" ? ["approved", "used"] : ["rejected"];
  if (same.includes(state)) return goOn(control, run);
  throw new RuntimeError("STATE_CONFLICT", `The approval of the step "${step}" is ${state}.`);
}

/**
 * Takes an approval back that was not used: its step is denied, and the run is rolled back.
 *
 * @throws APPROVAL_UNKNOWN; STATE_CONFLICT where it was used or is over; DENIED
 */
export async function revokeApproval(control: Control, id: string, reason: string): Promise<StartedRun> {
  const { kernel, principal } = control;
  const approval = theApproval(kernel, id);
  const { run, step } = approval.entry;
  const state = stateOf(approval, kernel.now());
  if (state === "revoked") return goOn(control, run);
  if (state !== "open" && state !== "approved")
    throw new RuntimeError(
      "STATE_CONFLICT",
      `The approval of the step "${step}" is ${state}; there is nothing to revoke.`,
    );
  kernel.approvals.person(askedFor(kernel, approval), principal, true);
  await append(control, run, { type: "approval-revoked", run, step, data: { approval: id, reason } });
  return goOn(control, run);
}

/** A caller without types may give anything: what is not a plain yes must never count as one. */
function requireVerdict({
  decision,
  reason,
}: {
  readonly decision: unknown;
  readonly reason: unknown;
}): void {
  if (decision !== "approved" && decision !== "rejected")
    throw new RuntimeError(
      "INPUT_INVALID",
      `decision must be "approved" or "rejected" (got ${showValue(decision)}).`,
    );
  if (typeof reason !== "string")
    throw new RuntimeError("INPUT_INVALID", `reason must be a text (got ${showValue(reason)}).`);
}

async function answer(control: Control, approval: Approval, verdict: Verdict): Promise<StartedRun> {
  const { kernel, principal } = control;
  const { run, data } = approval.entry;
  const isNo = verdict.decision === "rejected";
  if (!isNo) requireNoPanic(control, run);
  const asked = askedFor(kernel, approval);
  const { quorum } = asked.terms;
  const person = kernel.approvals.person(asked, principal, isNo);
  if (isOverdue(approval, kernel.now())) await settle(control, approval, "expired", verdict.reason);
  else if (isNo) await settle(control, approval, "rejected", verdict.reason);
  else if (quorum < 2) await settle(control, approval, "approved", verdict.reason);
  else await confirm(control, approval, { person, quorum }, verdict.reason);
  if (data.batch !== undefined && !isNo) await settleAlike(control, run, data.batch.key, verdict);
  return goOn(control, run);
}

/** One more yes of several. Whoever finds that they are enough settles it: two persons may say yes at once. */
async function confirm(
  control: Control,
  approval: Approval,
  { person, quorum }: { readonly person: string; readonly quorum: number },
  reason: string,
): Promise<void> {
  const { kernel } = control;
  const { run, step, data } = approval.entry;
  if (!personsOf(approval).has(person))
    await append(control, run, {
      type: "approval-confirmed",
      run,
      step,
      data: { approval: data.approval, person, reason },
    });
  const now = theApproval(kernel, data.approval);
  if (isOpen(now) && personsOf(now).size >= quorum) await settle(control, now, "approved", reason);
}

function personsOf({ answers }: Approval): Set<string> {
  return new Set(answers.filter((each) => each.type === "approval-confirmed").map(({ data }) => data.person));
}

/** The same question of other steps, where a policy says that one answer covers them. */
async function settleAlike(control: Control, run: string, key: string, verdict: Verdict): Promise<void> {
  for (const alike of openOf(control.kernel, run))
    if (alike.entry.data.batch?.key === key) await settle(control, alike, verdict.decision, verdict.reason);
}

function settle(
  control: Control,
  { entry: { run, step, data } }: Approval,
  decision: EventOf<"approval-decided">["data"]["decision"],
  reason: string,
): Promise<void> {
  const { approval } = data;
  return append(control, run, { type: "approval-decided", run, step, data: { approval, decision, reason } });
}

/** An approval that the run waits for, and that nobody answered in time. */
export function overdueApproval(kernel: Pick<Kernel, "ledger" | "now">, run: string): Approval | undefined {
  return openOf(kernel, run).find((approval) => isOverdue(approval, kernel.now()));
}

/** Denies what nobody answered in time, and goes on with the run. @throws RUN_UNKNOWN, STATE_CONFLICT */
export async function expireApproval(control: Control, approval: Approval): Promise<StartedRun> {
  await settle(control, approval, "expired", "Nobody answered in time.");
  return goOn(control, approval.entry.run);
}

function lastVerdict({ ledger }: Kernel, run: string, step: string | undefined): string | undefined {
  for (const entry of ledger.entries({ run, types: ["approval-decided"], descending: true }))
    if (step === undefined || entry.step === step) return entry.data.decision;
  return undefined;
}
