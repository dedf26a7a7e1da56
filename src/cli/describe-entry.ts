import type { Entry } from "../contract/entry.ts";
import { visible } from "../kernel/consent.ts";
import type { ActiveStep } from "./active-steps.ts";
import type { Colors } from "./style.ts";
import { count, showDuration } from "./text.ts";

/** One line that tells a person what happened; `null` for what is no news. */
export function describeEntry(entry: Entry, attempt: ActiveStep | undefined, colors: Colors): string | null {
  const name = "step" in entry ? colors.bold(visible(entry.step)) : "";
  const what = attempt === undefined ? "" : ` ${colors.dim(visible(attempt.capability))}`;
  switch (entry.type) {
    case "step-completed":
      return `${colors.green("✓")} ${name}${what} ${colors.dim(showDuration(entry.data.durationMs))}`;
    case "step-failed": {
      const { failure, retryAt } = entry.data;
      const again = retryAt === undefined ? "" : colors.dim(" (tries again)");
      const symbol = retryAt === undefined ? colors.red("✗") : colors.yellow("!");
      return `${symbol} ${name}${what} ${failure.code}: ${visible(failure.message)}${again}`;
    }
    case "step-interrupted":
      return `${colors.yellow("!")} ${name} was interrupted: ${entry.data.outcome}`;
    case "step-skipped":
      return `${colors.dim("-")} ${name} skipped: ${visible(entry.data.reason)}`;
    case "approval-requested":
      return `${colors.yellow("?")} ${name} waits for an approval`;
    case "approval-confirmed":
      return `${colors.green("✓")} ${name} confirmed; it takes another person`;
    case "approval-revoked":
      return `${colors.red("✗")} ${name} approval revoked: ${visible(entry.data.reason)}`;
    case "approval-decided":
      return `${entry.data.decision === "approved" ? colors.green("✓") : colors.red("✗")} ${name} ${entry.data.decision}`;
    case "rollback-started":
      return `${colors.yellow("↩")} rolling back: ${visible(entry.data.reason)}`;
    case "undo-intended":
      return `${colors.yellow("↩")} ${name} restores ${count(entry.data.changes.length, "path")}`;
    case "undo-refused":
      return `${colors.red("✗")} ${name} not restored: ${visible(entry.data.failure.message)}`;
    case "hook-answered":
      if (entry.data.decision === "ALLOW") return null;
      return `${colors.yellow("‖")} the governor says ${entry.data.decision} (${entry.data.event}): ${visible(entry.data.reason)}`;
    case "run-restarted":
      return `${colors.yellow("↻")} starts again: ${visible(entry.data.failure.message)}`;
    case "run-claimed":
      return `${colors.yellow("↻")} goes on with run ${entry.run}, which another process left`;
    case "run-timed-out":
      return `${colors.red("✗")} took longer than max_execution_time_seconds`;
    case "run-cancel-requested":
      return `${colors.yellow("‖")} cancelled: ${visible(entry.data.reason)}`;
    default:
      return null;
  }
}
