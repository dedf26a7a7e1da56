import { existsSync } from "node:fs";

import { CATEGORIES, RuntimeError } from "../contract/errors.ts";
import {
  type Panic,
  PanicAction,
  type PanicOrder,
  type PanicReport,
  type PanicScope,
  type StoppedRun,
} from "../contract/panic.ts";
import { visible } from "../kernel/consent.ts";
import { ledgerPath } from "./ledger-path.ts";
import { renderTable } from "./render-table.ts";
import { requiredReason } from "./required-reason.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action, Session } from "./session.ts";

const WAIT_MS = 60_000;
const MIN_CHARACTERS = 4;

/** Stops everything of a scope, and shows what was stopped in this workspace. */
export const panicRaise: Action = async (session) => {
  const action = PanicAction.parse(session.text("action") ?? "FREEZE");
  const reason = requiredReason(session);
  const scope = scopeOf(session);
  const report = await raise(session, { action, reason, scope });
  const isOver = report.runs.every(({ isAtRest }) => isAtRest);
  session.emit(report, () => [
    `${session.style.colors.red("✗")} ${describePanic(report.panic)}`,
    ...report.runs.map((run) => `  ${run.run}  ${visible(run.name)}  ${describeRun(run)}`),
    ...(report.runs.length === 0 ? ["  nothing of it was under way in this workspace"] : []),
    `  lift  ${session.command("panic", "lift", report.panic.id, "--reason", "…")}`,
  ]);
  return session.flag("wait") && !isOver ? CATEGORIES.TIMEOUT.exit : 0;
};

/** It is in force before the workspace is opened: one that cannot be opened keeps nobody from stopping the others. */
async function raise(session: Session, order: PanicOrder): Promise<PanicReport> {
  const options = session.flag("wait") ? { waitMs: WAIT_MS } : {};
  if (order.scope.kind === "run") {
    await using runtime = await session.open();
    const run = resolveRun(runtime.ledger, order.scope.run);
    return await runtime.panic({ ...order, scope: { kind: "run", run } }, options);
  }
  await using home = await session.io.openHome(session.io.env);
  const panic = await home.governance.panics.raise(home.principal, order);
  if (!existsSync(ledgerPath(session.workspace))) return { panic, runs: [] };
  try {
    await using runtime = await session.open();
    return await runtime.panic(order, options);
  } catch (error) {
    session.io.stderr.write(`${panic.id} is in force. What it is over in this workspace cannot be told:\n`);
    throw error;
  }
}

export const panicStatus: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const panics = home.governance.panics.alarm.open();
  session.emit(panics, () => (panics.length === 0 ? ["No panic is in force."] : panics.map(describePanic)));
  return panics.length === 0 ? 0 : CATEGORIES.CONSTITUTION_VIOLATION.exit;
};

export const panicList: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const panics = home.governance.panics.all().toReversed();
  session.emit(panics, () => {
    const columns = ["PANIC", "ACTION", "SCOPE", "RAISED", "LIFTED", "REASON"];
    const rows = panics.map(({ id, action, scope, at, lifted, reason }) =>
      [id, action, describeScope(scope), at, lifted?.at ?? "", reason].map(visible),
    );
    return panics.length === 0
      ? ["There was no panic yet."]
      : renderTable({ columns, rows }, session.style.columns, session.style.colors.dim);
  });
  return 0;
};

export const panicLift: Action = async (session) => {
  const reason = requiredReason(session);
  await using home = await session.io.openHome(session.io.env);
  const { panics } = home.governance;
  const panic = await panics.lift(home.principal, resolvePanic(panics.all(), session.args[0] ?? ""), reason);
  session.emit(panic, () => [`${session.style.colors.green("✓")} ${panic.id} is lifted`]);
  return 0;
};

/** One line about a panic, for people. */
export function describePanic({ id, action, scope, by, at, reason }: Panic): string {
  const who = by.agent === "" ? by.human : `${by.agent} (for ${by.human})`;
  return visible(`${id}  ${action} ${describeScope(scope)}  since ${at} by ${who}: ${reason}`);
}

function describeScope(scope: PanicScope): string {
  switch (scope.kind) {
    case "all":
      return "all";
    case "run":
      return `run ${scope.run}`;
    default:
      return `${scope.kind} ${scope.name}`;
  }
}

function describeRun({ status, isAtRest }: StoppedRun): string {
  return isAtRest ? status : `${status}, still stopping`;
}

/** @throws USAGE for an empty name, as from an unset variable of a script */
function scopeOf(session: Session): PanicScope {
  for (const kind of ["agent", "human", "run"] as const) {
    const name = session.text(kind);
    if (name === "") throw new RuntimeError("USAGE", `--${kind} is empty.`);
    if (name !== undefined) return kind === "run" ? { kind, run: name } : { kind, name };
  }
  return { kind: "all" };
}

/** @throws SUBJECT_UNKNOWN; USAGE where several are meant */
function resolvePanic(panics: readonly Panic[], reference: string): string {
  const wanted = reference.replace(/^panic-/, "");
  const found = panics.filter(
    ({ id }) =>
      id === reference || (wanted.length >= MIN_CHARACTERS && id.startsWith(`panic-${wanted.toLowerCase()}`)),
  );
  const [panic, another] = found;
  if (panic === undefined)
    throw new RuntimeError("SUBJECT_UNKNOWN", `There is no panic "${reference.slice(0, 100)}".`);
  if (another !== undefined)
    throw new RuntimeError("USAGE", `"${reference}" means ${found.length} panics; give more of the id.`);
  return panic.id;
}
