import { recall } from "../aegis/memory/recall.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { SkillMemory, Suggestion } from "../contract/skill-memory.ts";
import type { Proposal } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import { proposalOf, proposeSuggestion } from "../operate/propose-suggestion.ts";
import type { Home } from "./io.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";
import { count, showDuration } from "./text.ts";

/** How capabilities have done, and which follow each other. */
export const memoryShow: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const memory = await recallIn(session, home);
  session.emit(memory, () => renderMemory(memory, session));
  return 0;
};

/** What the ledger speaks for, and what became of each suggestion. */
export const memorySuggest: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const { suggestions } = await recallIn(session, home);
  const rows = suggestions.map((each) => ({ ...each, status: statusOf(home, each) }));
  session.emit(rows, () =>
    rows.length === 0
      ? ["Nothing is suggested."]
      : rows.flatMap(({ id, kind, subject, reason, next, status }) => [
          `${session.style.colors.bold(kind)} ${visible(subject.name)}  ${session.style.colors.dim(`${id}${status === null ? "" : `  ${status}`}`)}`,
          `    ${visible(reason)}`,
          `    ${visible(next)}`,
        ]),
  );
  return 0;
};

/** Hands suggestions to the governance chain, one proposal each. They change nothing, approved or not. */
export const memoryPropose: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const { suggestions } = await recallIn(session, home);
  const wanted = session.args;
  const chosen = suggestions.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
  const unknown = wanted.filter((id) => !suggestions.some((each) => each.id === id));
  if (unknown.length > 0)
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `Nothing is suggested as ${unknown.join(", ")}; airun memory suggest lists what is.`,
    );
  const proposed: { readonly proposal: string; readonly suggestion: string }[] = [];
  for (const suggestion of chosen) {
    if (statusOf(home, suggestion) !== null) continue;
    const { id } = await proposeSuggestion(home, home.principal, suggestion);
    proposed.push({ proposal: id, suggestion: suggestion.id });
  }
  session.emit(proposed, () => [
    ...proposed.map(
      ({ proposal, suggestion }) => `${session.style.colors.green("✓ proposed")}  ${proposal}  ${suggestion}`,
    ),
    `${count(proposed.length, "proposal")}; somebody else decides: ${session.command("proposals", "--status", "pending")}`,
  ]);
  return 0;
};

async function recallIn(session: Session, { governance }: Home): Promise<SkillMemory> {
  await using runtime = await session.open();
  return recall(runtime.ledger, governance.state(), sinceOf(session));
}

function sinceOf(session: Session): string {
  const given = session.text("since");
  if (given === undefined) return "";
  const time = new Date(given);
  if (Number.isNaN(time.getTime()))
    throw new RuntimeError("USAGE", `--since ${given} is no time; write it as 2026-01-31.`);
  return time.toISOString();
}

function statusOf(home: Home, suggestion: Suggestion): string | null {
  const last = proposalOf(home, suggestion);
  return last === undefined ? null : STATUS[last.status];
}

const STATUS: Readonly<Record<Proposal["status"], string>> = {
  PENDING_REVIEW: "PENDING",
  APPROVED: "APPROVED",
  REJECTED: "REJECTED",
};

function renderMemory(
  { runs, capabilities, patterns, suggestions }: SkillMemory,
  { style, command }: Session,
): string[] {
  const rows = capabilities.map((each) => [
    visible(each.capability),
    each.version,
    String(each.calls),
    each.reliability === null ? "" : `${Math.round(each.reliability * 1000) / 10} %`,
    String(each.retries),
    String(each.rollbacks),
    each.asked === 0 ? "" : `${each.rejected} of ${each.asked}`,
    each.p50_ms === null ? "" : showDuration(each.p50_ms),
    each.p95_ms === null ? "" : showDuration(each.p95_ms),
  ]);
  const columns = [
    "CAPABILITY",
    "VERSION",
    "CALLS",
    "RELIABLE",
    "RETRIES",
    "ROLLBACKS",
    "REJECTED",
    "P50",
    "P95",
  ];
  return [
    count(runs, "run"),
    "",
    ...renderTable({ columns, rows }, style.columns, style.colors.dim),
    ...(patterns.length === 0 ? [] : ["", "Often one after another:"]),
    ...patterns.map(
      ({ capabilities: sequence, support, confidence }) =>
        `  ${sequence.map(visible).join(" > ")}  in ${support} traces, ${Math.round(confidence * 100)} %`,
    ),
    "",
    suggestions.length === 0
      ? "Nothing is suggested."
      : `${count(suggestions.length, "suggestion")}: ${command("memory", "suggest")}`,
  ];
}
