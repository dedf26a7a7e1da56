import type { ApprovalView } from "../contract/approval.ts";
import { visible } from "../kernel/consent.ts";
import type { RunView } from "../workflow/view.ts";
import type { ChangedPath } from "../workflow/changed-paths.ts";
import { renderFailure } from "./render-error.ts";
import type { RunReport } from "../workflow/run-report.ts";
import type { Session } from "./session.ts";
import type { Colors } from "./style.ts";
import { count, showBytes, showDuration, visibleLines } from "./text.ts";

type Page = Pick<Session, "style" | "command">;

const MAX_PATHS = 30;
const LABEL_WIDTH = 9;

/** A run's outcome: what happened, what it changed, and the command that takes it back. */
export function renderRun(report: RunReport, page: Page): string[] {
  const { colors } = page.style;
  const { run, workflow, version, durationMs, ledger } = report;
  const took = durationMs === null ? "" : ` in ${showDuration(durationMs)}`;
  return [
    `${renderStatus(report, colors)}  ${visible(workflow)} ${visible(version)}${took}`,
    ...renderField("run", [run]),
    ...renderField("steps", [describeSteps(report)]),
    ...renderField("changed", renderChanged(report.changed, colors)),
    ...renderField("ledger", [`${count(ledger.entries, "entry", "entries")}, last hash ${ledger.head}`]),
    ...renderRollback(report),
    ...(report.failure === null ? [] : ["", ...renderFailure(report.failure, colors)]),
    ...renderNext(report, page),
  ];
}

function renderStatus({ status }: Pick<RunView, "status">, colors: Colors): string {
  switch (status) {
    case "COMPLETED":
      return colors.green(colors.bold("✓ completed"));
    case "FAILED":
      return colors.red(colors.bold("✗ failed"));
    case "ROLLED_BACK":
      return colors.yellow(colors.bold("↩ rolled back"));
    case "PAUSED":
      return colors.yellow(colors.bold("‖ paused"));
    case "ROLLING_BACK":
      return colors.yellow("↩ rolling back");
    case "RUNNING":
      return colors.cyan("▸ running");
    default:
      return status satisfies never;
  }
}

type WaitingApproval = Pick<
  ApprovalView,
  "id" | "step" | "text" | "full" | "approvers" | "expiresAt" | "answers" | "terms"
>;

/** What waits for a human, with the commands that decide it. */
export function renderApproval(
  run: string,
  approval: WaitingApproval,
  isOnly: boolean,
  page: Page,
): string[] {
  const step = isOnly ? [] : ["--step", approval.step];
  const who =
    approval.approvers.length === 0 ? [] : [`  may decide: ${approval.approvers.map(visible).join(", ")}`];
  const missing = approval.terms.quorum - approval.answers.length;
  const more = approval.answers.length === 0 ? [] : [`  needs:      ${count(missing, "more person")}`];
  const everything =
    approval.text === approval.full
      ? []
      : [`  everything: ${page.command("approval", "show", approval.id, "--full")}`];
  const until = approval.expiresAt === null ? [] : [`  expires:    ${approval.expiresAt}`];
  return [
    `Step ${visible(approval.step)} waits for an approval:`,
    ...visibleLines(approval.text).map((line) => `  │ ${line}`),
    ...who,
    ...until,
    ...more,
    ...everything,
    `  approve:    ${page.command("approve", run, ...step)}`,
    `  reject:     ${page.command("reject", run, ...step)}`,
  ];
}

function describeSteps({ steps }: RunView): string {
  const counts = new Map<string, number>();
  for (const { status } of steps) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, number]) => `${number} ${status}`).join(", ") || "none";
}

export function renderChanged(changed: readonly ChangedPath[], colors: Colors): string[] {
  if (changed.length === 0) return ["nothing"];
  const shown = changed.slice(0, MAX_PATHS).map((change) => renderChange(change, colors));
  const more = changed.length - shown.length;
  return more > 0 ? [...shown, `… ${more} more; --json shows them`] : shown;
}

function renderChange({ kind, path, movedFrom, size }: ChangedPath, colors: Colors): string {
  const bytes = size === null ? "" : colors.dim(`  ${showBytes(size)}`);
  switch (kind) {
    case "created":
      return `${colors.green("+")} ${visible(path)}${bytes}`;
    case "changed":
      return `${colors.yellow("~")} ${visible(path)}${bytes}`;
    case "deleted":
      return `${colors.red("-")} ${visible(path)}`;
    case "moved":
      return `${colors.cyan(">")} ${visible(path)}  from ${visible(movedFrom ?? "")}${bytes}`;
    default:
      return kind satisfies never;
  }
}

function renderRollback({ rollback }: RunReport): string[] {
  if (rollback === null) return [];
  const restored = rollback.restored.map(visible);
  const notRestored = rollback.notRestored.map(visible);
  return [
    ...(restored.length === 0 ? [] : renderField("restored", restored)),
    ...(notRestored.length === 0 ? [] : renderField("NOT back", notRestored)),
  ];
}

function renderNext({ run, status, reason, undoable, approvals }: RunReport, page: Page): string[] {
  if (status === "PAUSED" && approvals.length > 0)
    return approvals.flatMap((approval) => [
      "",
      ...renderApproval(run, approval, approvals.length === 1, page),
    ]);
  if (status === "PAUSED")
    return [
      "",
      `Paused${reason === null ? "" : `: ${visible(reason)}`}`,
      `  go on:      ${page.command("resume", run)}`,
      `  take back:  ${page.command("cancel", run, "--rollback")}`,
    ];
  const isEnded = status === "COMPLETED" || status === "FAILED";
  if (isEnded && undoable > 0) return renderField("undo", [page.command("undo", run)]);
  return status === "RUNNING" ? renderField("look", [page.command("show", run)]) : [];
}

/** Lines under a label, as far indented as those of any other. */
export function renderField(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${(i === 0 ? label : "").padEnd(LABEL_WIDTH)}${line}`);
}
