import type { ErrorCode } from "../contract/errors.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { resolveApproval } from "./approvals.ts";
import { exitCodeOf } from "./exit-code.ts";
import { followRun } from "./follow-run.ts";
import { createProgress } from "./progress.ts";
import { renderRun } from "./render-run.ts";
import { resolveRun } from "./run-reference.ts";
import { reportRun } from "../workflow/run-report.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

export const approve: Action = (session) => decide(session, "approved");

export const reject: Action = (session) => decide(session, "rejected", "DENIED");

export const resume: Action = (session) =>
  followOne(session, (runtime, run) => runtime.resume(run, session.text("reason") ?? "resumed"));

export const cancel: Action = (session) => {
  const reason = session.text("reason") ?? "cancelled";
  return followOne(
    session,
    (runtime, run) => runtime.cancel(run, reason, session.flag("rollback")),
    "CANCELLED",
  );
};

export const pause: Action = async (session) => {
  await using runtime = await session.open();
  const run = resolveRun(runtime.ledger, session.args[0] ?? "");
  const report = reportRun(runtime, await runtime.pause(run, session.text("reason") ?? "paused"));
  session.emit(report, () => renderRun(report, session));
  return report.status === "PAUSED" ? 0 : exitCodeOf(report);
};

export const recover: Action = async (session) => {
  const progress = createProgress(session);
  await using runtime = await session.open({ onEntry: progress.onEntry });
  const reports = (await runtime.recover()).map((view) => reportRun(runtime, view));
  runtime.removeExpired();
  progress.hide();
  session.emit(reports, () => [
    reports.length === 0
      ? "Nothing to recover: no dead process left a run open."
      : `Recovered ${count(reports.length, "run")}.`,
    ...reports.flatMap((report) => ["", ...renderRun(report, session)]),
  ]);
  return Math.max(0, ...reports.map((report) => exitCodeOf(report)));
};

async function decide(
  session: Session,
  decision: "approved" | "rejected",
  expected?: ErrorCode,
): Promise<number> {
  if (session.args[0]?.startsWith("prop-") === true)
    return (await import("./review.ts")).decideProposal(session, decision);
  const verdict = { decision, reason: session.text("reason") ?? `${decision} on the command line` };
  const begin = async (runtime: Runtime) => {
    const [reference = ""] = session.args;
    const approval = resolveApproval(runtime, reference);
    if (runtime.ledger.approval(approval) === undefined) {
      const run = resolveRun(runtime.ledger, reference);
      return { run, settled: runtime.decide(run, verdict, session.text("step")) };
    }
    return { run: runtime.approval(approval).run, settled: runtime.answerApproval(approval, verdict) };
  };
  return followRun(session, begin, expected);
}

function followOne(
  session: Session,
  go: (runtime: Runtime, run: string) => Promise<RunView>,
  expected?: ErrorCode,
): Promise<number> {
  const begin = async (runtime: Runtime) => {
    const run = resolveRun(runtime.ledger, session.args[0] ?? "");
    return { run, settled: go(runtime, run) };
  };
  return followRun(session, begin, expected);
}
