import { RuntimeError } from "../contract/errors.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { renderChanged, renderField } from "./render-run.ts";
import { resolveRun } from "./run-reference.ts";
import { type Inverted, lastInverted } from "../workflow/inverted.ts";
import { reportRun } from "../workflow/run-report.ts";
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
  return showOne(session, runtime, await runtime.undo(run, options), UNDO);
};

export const redo: Action = async (session) => {
  await using runtime = await session.open();
  const run = resolveRun(runtime.ledger, session.args[0] ?? "last");
  const view = await runtime.redo(run, optionsOf(session, "redo on the command line"));
  return showOne(session, runtime, view, REDO);
};

function optionsOf(session: Session, reason: string) {
  const step = session.text("step");
  const mode = session.flag("force") ? "force" : session.flag("merge") ? "merge" : "strict";
  return { mode, reason: session.text("reason") ?? reason, ...(step === undefined ? {} : { step }) } as const;
}

const UNDO = { title: "Took back", name: "takenBack", left: "left", opposite: "redo" } as const;
const REDO = { title: "Did again", name: "doneAgain", left: "changed", opposite: "undo" } as const;

/** What was inverted, and what of the run is in force after it. */
function showOne(
  session: Session,
  runtime: Runtime,
  view: RunView,
  { title, name, left, opposite }: typeof UNDO | typeof REDO,
): number {
  const report = reportRun(runtime, view);
  const inverted = lastInverted(runtime.ledger, view.run);
  const { colors } = session.style;
  session.emit({ ...report, [name]: inverted }, () => [
    `${colors.green(`✓ ${title}`)}  ${visible(report.workflow)}  ${report.run}`,
    ...renderField(opposite === "redo" ? "undone" : "redone", [describe(inverted)]),
    ...renderField(left, renderChanged(report.changed, colors)),
    ...renderField(opposite, [session.command(opposite, report.run)]),
  ]);
  return 0;
}

function showAll(session: Session, runtime: Runtime, views: readonly RunView[]): number {
  const reports = views.map((view) => ({
    ...reportRun(runtime, view),
    takenBack: lastInverted(runtime.ledger, view.run),
  }));
  session.emit(reports, () =>
    reports.length === 0
      ? ["Took back 0 runs: of those that ended since then none has anything to take back."]
      : [
          `Took back ${count(reports.length, "run")}.`,
          ...reports.map(
            ({ run, workflow, takenBack }) => `  ${run}  ${visible(workflow)}  ${describe(takenBack)}`,
          ),
        ],
  );
  return 0;
}

function describe({ steps, paths }: Inverted): string {
  return `${count(steps.length, "step")}, ${count(paths.length, "path")}`;
}
