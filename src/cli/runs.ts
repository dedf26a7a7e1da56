import { visible } from "../kernel/consent.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Ledger, RunRow, RunStatus } from "../ledger/ledger.ts";
import type { Panic } from "../contract/panic.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { StepView } from "../workflow/view.ts";
import { describePanic } from "./panic.ts";
import { renderRun } from "./render-run.ts";
import { RUN_ENDS } from "./run-ends.ts";
import { renderTable } from "./render-table.ts";
import { resolveRun } from "./run-reference.ts";
import { reportRun } from "../workflow/run-report.ts";
import type { Action, Session } from "./session.ts";
import { showDuration } from "./text.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 10_000;

/** Newest first. */
export const listRuns: Action = async (session) => {
  const status = session.text("status")?.toUpperCase() as RunStatus | undefined;
  const limit = parseLimit(session.text("limit"));
  await using runtime = await session.open();
  const rows = runtime.ledger
    .runs({ limit, ...(status === undefined ? {} : { status }) })
    .map((row) => ({ ...row, durationMs: durationOf(runtime.ledger, row) }));
  session.emit(rows, () => {
    if (rows.length === 0) return ["No runs yet. Start one with `airun run TARGET`, or see `airun demo`."];
    const cells = rows.map(({ id, name, status: state, startedAt, durationMs }) => [
      id,
      visible(name),
      state,
      startedAt,
      durationMs === null ? "" : showDuration(durationMs),
    ]);
    return [
      ...table(session, ["RUN", "NAME", "STATUS", "STARTED", "TOOK"], cells),
      ...openPanics(runtime).map((panic) => `${session.style.colors.red("✗")} ${describePanic(panic)}`),
    ];
  });
  return 0;
};

function openPanics(runtime: Runtime): Panic[] {
  return runtime.panics().filter(({ lifted }) => lifted === null);
}

export const show: Action = async (session) => {
  await using runtime = await session.open();
  const report = reportRun(runtime, runtime.show(resolveRun(runtime.ledger, session.args[0] ?? "last")));
  session.emit(report, () => {
    const steps = report.steps.map((step) => [
      String(step.executionOrder ?? ""),
      visible(step.step),
      visible(step.capability ?? step.type),
      step.status,
      showTime(step),
      visible(step.failure === null ? "" : `${step.failure.code}: ${step.failure.message}`),
    ]);
    return [
      ...renderRun(report, session),
      "",
      ...table(session, ["#", "STEP", "CAPABILITY", "STATUS", "TOOK", "FAILURE"], steps),
      ...renderOutputs(report.outputs),
    ];
  });
  return 0;
};

/** What the run itself took, whatever was undone since. */
function durationOf(ledger: Pick<Ledger, "entries">, { id, startedAt }: RunRow): number | null {
  const [end] = ledger.entries({ run: id, types: RUN_ENDS, sealed: true });
  return end === undefined ? null : Date.parse(end.at) - Date.parse(startedAt);
}

function renderOutputs(outputs: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(outputs);
  if (names.length === 0) return [];
  return [
    "",
    "outputs:",
    ...names.map((name) => `  ${visible(name)} = ${cut(visible(JSON.stringify(outputs[name]) ?? ""))}`),
  ];
}

const MAX_SHOWN = 400;

function cut(text: string): string {
  return text.length <= MAX_SHOWN
    ? text
    : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters; --json shows them)`;
}

function showTime({ startedAt, endedAt }: StepView): string {
  return startedAt === null || endedAt === null
    ? ""
    : showDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT)
    throw new RuntimeError("USAGE", `--limit ${JSON.stringify(text)} is no number from 1 to ${MAX_LIMIT}.`);
  return limit;
}

function table(
  { style }: Session,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  return renderTable({ columns, rows }, style.columns, style.colors.dim);
}
