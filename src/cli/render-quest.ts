import { visible } from "../kernel/consent.ts";
import type { Candidate, PlannedQuest, QuestPlan, Refusal } from "../contract/quest.ts";
import { renderTable } from "./render-table.ts";
import type { Session } from "./session.ts";
import { count } from "./text.ts";

type Page = Pick<Session, "style">;

/** A plan for people: each step with its reasons; or every reason why there is none. */
export function renderQuestPlan(plan: QuestPlan, page: Page): string[] {
  return plan.status === "planned" ? renderPlanned(plan, page) : renderRefused(plan, page);
}

function renderPlanned(plan: PlannedQuest, { style: { colors, columns } }: Page): string[] {
  const { quest, intent, steps, cost, time_seconds, digest } = plan;
  const rows = steps.map(({ step, goal, target, risk, kind, score, phrase, inputs }) =>
    [
      step,
      String(goal),
      kind === "approval" ? "asks a human" : target,
      kind === "approval" ? "" : risk,
      score === 1 ? phrase : `${phrase} (${score})`,
      Object.entries(inputs)
        .map(([input, from]) => `${input} ← ${from}`)
        .join(", "),
    ].map(visible),
  );
  return [
    `${colors.bold(visible(intent))}  ${colors.dim(visible(quest))}`,
    "",
    ...renderTable(
      { columns: ["STEP", "GOAL", "DOES", "RISK", "MATCHED", "INPUTS"], rows },
      columns,
      colors.dim,
    ),
    "",
    `${count(steps.length, "step")}, ${cost} units${time_seconds === null ? "" : `, about ${time_seconds} s`}; nothing was done.`,
    `  workflow  ${digest}`,
  ];
}

function renderRefused(
  { quest, intent, reasons }: Extract<QuestPlan, { status: "refused" }>,
  { style: { colors } }: Page,
): string[] {
  return [
    `${colors.red("✗ no plan")}  ${visible(intent)}  ${colors.dim(visible(quest))}`,
    ...reasons.flatMap((reason) => renderReason(reason)),
  ];
}

function renderReason({ code, goal, message, candidates, remedy }: Refusal): string[] {
  return [
    `  ${code}${goal === null ? "" : `  goal ${goal}`}: ${visible(message)}`,
    ...candidates.map(renderCandidate),
    `    ${visible(remedy)}`,
  ];
}

function renderCandidate({ kind, name, score, phrase }: Candidate): string {
  return `    ${score.toFixed(2)}  ${kind} ${visible(name)}: ${visible(phrase)}`;
}
