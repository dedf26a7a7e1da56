import { RuntimeError } from "../contract/errors.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { renderChanged } from "./render-run.ts";
import { resolveRun } from "./run-reference.ts";
import { type RunReport, reportRun } from "../workflow/run-report.ts";
import type { Action, Session } from "./session.ts";
import { visible } from "../kernel/consent.ts";
import { count } from "./text.ts";

export const undo: Action = async (session) => {
  const since = session.text("since");
  if (since !== undefined && session.args[0] !== undefined)
    throw new RuntimeError("USAGE", "Give a run or --since, not both.");
  await using runtime = await session.open();
  const options = optionsOf(session, "undo on the command line");
  if (since !== undefined) return showAll(session, runtime, await runtime.undoSince(since, options));
  const run = resolveRun(runtime.ledger, session.args[0] ?? "last");
  return showOne(session, reportRun(runtime, await runtime.undo(run, options)), "Took back", "redo");
};

export const redo: Action = async (session) => {
  await using runtime = await session.open();
  const run = resolveRun(runtime.ledger, session.args[0] ?? "last");
  const view = await runtime.redo(run, optionsOf(session, "redo on the command line"));
  return showOne(session, reportRun(runtime, view), "Did again", "undo");
};

function optionsOf(session: Session, reason: string) {
  const step = session.text("step");
  const mode = session.flag("force") ? "force" : session.flag("merge") ? "merge" : "strict";
  return { mode, reason: session.text("reason") ?? reason, ...(step === undefined ? {} : { step }) } as const;
}

function showOne(session: Session, report: RunReport, what: string, opposite: "undo" | "redo"): number {
  session.emit(report, () => [
    `${session.style.colors.green(`✓ ${what}`)}  ${visible(report.workflow)}  ${report.run}`,
    ...renderChanged(report.changed, session.style.colors).map(
      (line, i) => `  ${(i === 0 ? "changed" : "").padEnd(9)}${line}`,
    ),
    `  ${opposite.padEnd(9)}${session.command(opposite, report.run)}`,
  ]);
  return 0;
}

function showAll(session: Session, runtime: Runtime, views: readonly RunView[]): number {
  session.emit(
    views.map((view) => reportRun(runtime, view)),
    () => [
      `Took back ${count(views.length, "run")}.`,
      ...views.map(({ run, workflow }) => `  ${run}  ${visible(workflow)}`),
    ],
  );
  return 0;
}
