import { CATEGORIES, type ErrorCode, RuntimeError } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { exitCodeOf } from "./exit-code.ts";
import { createProgress, type Progress } from "./progress.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import { renderApproval, renderRun } from "./render-run.ts";
import { reportRun } from "../workflow/run-report.ts";
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
  const answered = new Set<string>();
  while (view.status === "PAUSED" && canAsk(session)) {
    const verdict = await askHuman(session, runtime, view.run, answered);
    if (verdict === null) break;
    answered.add(verdict.approval);
    try {
      const settled = runtime.answerApproval(verdict.approval, verdict);
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
  { io, command }: Session,
  runtime: Runtime,
  progress: Progress,
  { run, settled }: Followed,
): Promise<RunView> {
  const pausing: Promise<void>[] = [];
  const say = (line: string) => {
    progress.hide();
    io.stderr.write(`${line}\n`);
  };
  const stop = io.onInterrupt(() => {
    if (pausing.length > 0) {
      say(`Stopped at once. To go on:   ${command("resume", run)}`);
      say(`                 Take back:  ${command("cancel", run, "--rollback")}`);
      say(`A rollback that was under way is finished by ${command("recover")}.`);
      io.abandon(CATEGORIES.CANCELLED.exit);
      return;
    }
    say("Pausing when the steps under way are done. Press Ctrl-C again to stop at once.");
    const refused = (error: unknown) =>
      say(`The run cannot be paused (${visible(asRuntimeError(error).message)}); it ends by itself.`);
    pausing.push(runtime.pause(run, "interrupted at the terminal").then(() => {}, refused));
  });
  try {
    const view = await settled;
    await Promise.all(pausing);
    return view;
  } finally {
    stop();
    progress.hide();
  }
}

type Answer = {
  readonly approval: string;
  readonly decision: "approved" | "rejected";
  readonly reason: string;
};

/**
 * Puts the oldest open question; `null` where nothing is open that was not answered here (it may take a second person),
 * or the human does not answer now.
 */
async function askHuman(
  session: Session,
  runtime: Runtime,
  run: string,
  answered: ReadonlySet<string>,
): Promise<Answer | null> {
  const [approval, ...others] = runtime.approvals(run).filter(({ id }) => !answered.has(id));
  if (approval === undefined) return null;
  for (const line of renderApproval(run, approval, others.length === 0, session)) session.print(line);
  const answer = await session.io.stdin.readLine("Approve? [y/N] ");
  if (answer === null) return null;
  const decision = /^y(es)?$/i.test(answer.trim()) ? "approved" : "rejected";
  return { approval: approval.id, decision, reason: "answered at the terminal" };
}

function writeError({ io }: Session, error: RuntimeError): void {
  for (const line of renderError(error, styleOf(io.stderr, io.env).colors)) io.stderr.write(`${line}\n`);
}
