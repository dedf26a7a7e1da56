import { visible } from "../kernel/consent.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import type { Plan, PlannedStep } from "../workflow/preview.ts";
import { renderTable } from "./render-table.ts";
import type { Colors, Style } from "./style.ts";
import { count, showBytes } from "./text.ts";

const MAX_DIFF_LINES = 40;

/** A plan for people: its steps, what it would leave changed with the diffs of text files, its warnings. */
export function renderPlan(plan: Plan, { colors, columns }: Pick<Style, "colors" | "columns">): string[] {
  const { workflow, version, outcome, steps, changes, warnings } = plan;
  const rows = steps.map((step) => [
    showDecision(step.decision),
    visible(step.step),
    visible(step.capability ?? step.type),
    step.risk ?? "",
    step.undo ?? "",
    visible(step.note ?? ""),
  ]);
  const head = ["", "STEP", "CAPABILITY", "RISK", "UNDO", "NOTE"];
  return [
    `${colors.bold(visible(workflow))} ${visible(version)} ${showOutcome(outcome, colors)}; nothing was done.`,
    "",
    ...renderTable({ columns: head, rows }, columns, colors.dim),
    "",
    changes.length === 0 ? "It would change nothing." : `It would make ${count(changes.length, "change")}:`,
    ...changes.flatMap((change) => renderChange(change, colors)),
    ...warnings.map((warning) => `${colors.yellow("warning:")} ${visible(warning)}`),
  ];
}

function showOutcome(outcome: Plan["outcome"], colors: Colors): string {
  switch (outcome) {
    case "completes":
      return colors.green("would complete");
    case "rolls-back":
      return colors.yellow("would be rolled back");
    case "fails":
      return colors.red("would fail");
    case "unknown":
      return colors.yellow("would end in a way that only a run can tell");
    default:
      return outcome satisfies never;
  }
}

function showDecision(decision: PlannedStep["decision"]): string {
  switch (decision) {
    case "run":
      return "✓ runs";
    case "ask":
      return "? asks a human";
    case "deny":
      return "✗ is denied";
    case "fail":
      return "✗ fails";
    case "skip":
      return "- is skipped";
    case "unknown":
      return "~ depends";
    default:
      return decision satisfies never;
  }
}

const SYMBOLS = {
  create: "+",
  change: "~",
  delete: "-",
  "make-dir": "+",
  request: "→",
  "start-process": "»",
} as const;

function renderChange({ kind, target, diff, bytes }: PlannedChange, colors: Colors): string[] {
  const size = bytes?.after ?? null;
  const shown = size === null ? "" : colors.dim(`  ${showBytes(size)}`);
  return [
    `  ${SYMBOLS[kind]} ${visible(target)}${kind === "make-dir" ? "/" : ""}${shown}`,
    ...renderDiff(diff, colors),
  ];
}

function renderDiff(diff: string | null, colors: Colors): string[] {
  if (diff === null) return [];
  const lines = diff.trimEnd().split("\n");
  const more = lines.length - MAX_DIFF_LINES;
  const shown = lines.slice(0, MAX_DIFF_LINES).map((line) => `      ${paint(visible(line), colors)}`);
  return more > 0 ? [...shown, `      … ${more} lines more; --json shows them`] : shown;
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith("+")) return colors.green(line);
  if (line.startsWith("-")) return colors.red(line);
  return line.startsWith("@@") ? colors.cyan(line) : line;
}
