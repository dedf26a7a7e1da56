import { CATEGORIES, type ErrorCode, RuntimeError } from "../contract/errors.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { exitCodeOf } from "./exit-code.ts";
import { openApprovals } from "./open-approvals.ts";
import { createProgress, type Progress } from "./progress.ts";
import { renderError } from "./render-error.ts";
import { renderApproval, renderRun } from "./render-run.ts";
import { reportRun } from "./run-report.ts";
import type { Session } from "./session.ts";
import { styleOf } from "./style.ts";

export type Followed = { readonly run: string; readonly settled: Promise<RunView> };

/**
 * Opens the workspace, works on one run until it has ended or waits, and shows it: progress, questions to a human at
 * the terminal, the outcome. Ctrl-C pauses the run; a second one ends the process, which recovery makes good.
 */
export async function followRun(
  session: Session,
  begin: (runtime: Runtime) => Promise<Followed>,
  expected?: ErrorCode,
): Promise<number> {
  const progress = createProgress(session);
  await using runtime = await session.open({ onEntry: progress.onEntry });
  let view = await watch(session, runtime, progress, await begin(runtime));
  while (view.status === "PAUSED" && canAsk(session)) {
    const verdict = await askHuman(session, runtime, view.run);
    if (verdict === null) break;
    try {
      const settled = runtime.decide(view.run, verdict, verdict.step);
      view = await watch(session, runtime, progress, { run: view.run, settled });
    } catch (error) {
      if (!(error instanceof RuntimeError && error.code === "DENIED")) throw error;
      writeError(session, error);
      break;
    }
  }
  const report = reportRun(runtime, view);
  session.emit(report, () => ["", ...renderRun(report, session)]);
  return exitCodeOf(report, expected);
}

function canAsk({ io, json, style, flag }: Session): boolean {
  return io.stdin.isTerminal && style.isLive && !json && !flag("noInput");
}

async function watch(
  { io }: Session,
  runtime: Runtime,
  progress: Progress,
  { run, settled }: Followed,
): Promise<RunView> {
  let interrupts = 0;
  const say = (line: string) => {
    progress.hide();
    io.stderr.write(`${line}\n`);
  };
  const stop = io.onInterrupt(() => {
    interrupts++;
    if (interrupts > 1) {
      say("Stopped at once. `airun recover` finishes or takes back what was under way.");
      io.abandon(CATEGORIES.CANCELLED.exit);
      return;
    }
    say("Pausing when the steps under way are done. Press Ctrl-C again to stop at once.");
    runtime.pause(run, "interrupted at the terminal").catch((error: unknown) => {
      if (error instanceof RuntimeError && error.code === "STATE_CONFLICT")
        say("The run cannot be paused now; it ends by itself.");
      else throw error;
    });
  });
  try {
    return await settled;
  } finally {
    stop();
    progress.hide();
  }
}

type Answer = { readonly step: string; readonly decision: "approved" | "rejected"; readonly reason: string };

/** Puts the oldest open question; `null` where nothing is open, or the human does not answer now. */
async function askHuman(session: Session, runtime: Runtime, run: string): Promise<Answer | null> {
  const [approval, ...others] = openApprovals(runtime.ledger, run);
  if (approval === undefined) return null;
  for (const line of renderApproval(run, approval, others.length === 0, session)) session.print(line);
  const answer = await session.io.stdin.readLine("Approve? [y/N] ");
  if (answer === null) return null;
  const decision = /^y(es)?$/i.test(answer.trim()) ? "approved" : "rejected";
  return { step: approval.step, decision, reason: "answered at the terminal" };
}

function writeError({ io }: Session, error: RuntimeError): void {
  for (const line of renderError(error, styleOf(io.stderr, io.env).colors)) io.stderr.write(`${line}\n`);
}
