import { RuntimeError } from "../contract/errors.ts";
import { type Entry, type EventType, LedgerEvent } from "../contract/entry.ts";
import { visible } from "../kernel/consent.ts";
import { renderTable } from "./render-table.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action, Session } from "./session.ts";

const DEFAULT_LIMIT = 50;
const SHORT_ID = 12;
const TYPES: readonly string[] = LedgerEvent.options.map((option) => option.shape.type.value);

/** The newest entries that are asked for, oldest of them first; sealed values stay sealed. */
export const auditLog: Action = async (session) => {
  const types = session.list("type").map(checkType);
  const limit = Number(session.text("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1)
    throw new RuntimeError(
      "USAGE",
      `--limit ${JSON.stringify(session.text("limit"))} is no number from 1 on.`,
    );
  const since = parseSince(session.text("since"));
  await using runtime = await session.open();
  const reference = session.text("run");
  const entries: Entry[] = [];
  const filter = {
    descending: true,
    sealed: true,
    ...(reference === undefined ? {} : { run: resolveRun(runtime.ledger, reference) }),
    ...(types.length === 0 ? {} : { types }),
    ...(since === undefined ? {} : { since }),
  };
  for (const entry of runtime.ledger.entries(filter)) {
    if (entries.length >= limit) break;
    entries.push(entry);
  }
  entries.reverse();
  session.emit(entries, () => render(entries, session));
  return 0;
};

function render(entries: readonly Entry[], { style }: Session): string[] {
  if (entries.length === 0) return ["No such entry."];
  const rows = entries.map((entry) => [
    String(entry.seq),
    entry.at,
    entry.type,
    "run" in entry ? entry.run.slice(-SHORT_ID) : "",
    "step" in entry ? visible(entry.step) : "",
    visible(JSON.stringify(entry.data)),
  ]);
  const columns = ["SEQ", "TIME", "TYPE", "RUN", "STEP", "DATA"];
  return renderTable({ columns, rows }, style.columns, style.colors.dim);
}

function checkType(type: string): EventType {
  if (TYPES.includes(type)) return type as EventType;
  throw new RuntimeError("USAGE", `--type ${JSON.stringify(type)} is none of ${TYPES.join(", ")}.`);
}

function parseSince(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new RuntimeError(
      "USAGE",
      `--since ${JSON.stringify(text)} is no time; write it as 2026-01-31T12:00:00Z.`,
    );
  return new Date(time).toISOString();
}
