import type { ApprovalView } from "../contract/approval.ts";
import { visible } from "../kernel/consent.ts";
import type { Runtime } from "../workflow/runtime.ts";
import { followRun } from "./follow-run.ts";
import { renderTable } from "./render-table.ts";
import { requiredReason } from "./required-reason.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action } from "./session.ts";
import { visibleLines } from "./text.ts";

const MIN_CHARACTERS = 4;

/** What waits for an answer, oldest first. */
export const listApprovals: Action = async (session) => {
  await using runtime = await session.open();
  const run = session.text("run");
  const approvals = runtime.approvals(run === undefined ? undefined : resolveRun(runtime.ledger, run));
  session.emit(approvals, () => {
    if (approvals.length === 0) return ["Nothing waits for an answer."];
    const columns = ["APPROVAL", "STEP", "RISK", "FOR", "CONFIRMED", "EXPIRES", "WHAT"];
    const rows = approvals.map((approval) => [
      approval.id,
      visible(approval.step),
      approval.risk,
      whoAsks(approval),
      `${confirmations(approval)} of ${approval.terms.quorum}`,
      approval.expiresAt ?? "",
      visible(approval.text.split("\n", 1)[0] ?? ""),
    ]);
    return renderTable({ columns, rows }, session.style.columns, session.style.colors.dim);
  });
  return 0;
};

export const showApproval: Action = async (session) => {
  await using runtime = await session.open();
  const approval = runtime.approval(resolveApproval(runtime, session.args[0] ?? ""));
  session.emit(approval, () => {
    const { id, run, step, state, text, full, approvers, expiresAt, answers } = approval;
    return [
      `${session.style.colors.bold(state)}  ${id}`,
      `  run         ${run}`,
      `  step        ${visible(step)}`,
      `  for         ${whoAsks(approval)}`,
      ...(approvers.length === 0 ? [] : [`  may decide  ${approvers.map(visible).join(", ")}`]),
      ...(expiresAt === null ? [] : [`  expires     ${expiresAt}`]),
      ...answers.map(
        ({ by, answer, at, reason }) =>
          `  ${answer.padEnd(11)} ${visible(by.human)}, ${at}: ${visible(reason)}`,
      ),
      "",
      ...visibleLines(session.flag("full") ? full : text).map((line) => `  │ ${line}`),
      ...(text === full || session.flag("full")
        ? []
        : [`  Everything:  ${session.command("approval", "show", id, "--full")}`]),
    ];
  });
  return 0;
};

/** Takes an approval back before it was used. */
export const revoke: Action = (session) => {
  const reason = requiredReason(session);
  return followRun(
    session,
    async (runtime) => {
      const id = resolveApproval(runtime, session.args[0] ?? "");
      const { run } = runtime.approval(id);
      return { run, settled: runtime.revokeApproval(id, reason) };
    },
    "DENIED",
  );
};

/** The approval that a person means: its id, or the beginning of one that is open; else what was given. */
export function resolveApproval(runtime: Pick<Runtime, "ledger" | "approvals">, reference: string): string {
  if (runtime.ledger.approval(reference) !== undefined || reference.length < MIN_CHARACTERS) return reference;
  const [found, another] = runtime.approvals().filter(({ id }) => id.startsWith(reference.toLowerCase()));
  return found === undefined || another !== undefined ? reference : found.id;
}

function whoAsks({ requestedBy: { human, agent } }: ApprovalView): string {
  return agent === "" ? visible(human) : `${visible(human)} by ${visible(agent)}`;
}

function confirmations({ answers }: ApprovalView): number {
  return answers.filter(({ answer }) => answer === "confirmed").length;
}
