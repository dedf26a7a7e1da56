import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { verifyLedger } from "../ledger/verify.ts";
import { isAlive, processIdOfSelf } from "../workspace/liveness.ts";
import { STATE_DIRECTORY } from "../workspace/path.ts";
import { openWorkspace } from "../workspace/workspace.ts";
import { type Check, tryTo } from "./doctor-machine.ts";
import { ledgerPath } from "./ledger-path.ts";
import type { Session } from "./session.ts";
import { count } from "./text.ts";

/** What can be said about the workspace without running anything in it. */
export async function checkWorkspace(session: Session): Promise<Check[]> {
  const { workspace } = session;
  if (!existsSync(workspace))
    return [
      {
        name: "workspace",
        status: "warning",
        found: `${workspace} does not exist yet`,
        fix: session.command("init"),
      },
    ];
  if (!isWritable(workspace))
    return [
      {
        name: "workspace",
        status: "wrong",
        found: `${workspace} cannot be written`,
        fix: `chmod u+rwx '${workspace}'`,
      },
    ];
  const found: Check = { name: "workspace", status: "ok", found: workspace };
  const ledger = await checkLedger("ledger", ledgerPath(workspace), session);
  if (ledger.status !== "ok") return [found, ledger];
  return [
    found,
    ledger,
    await reportError("staging", () => checkStaging(session)),
    await reportError("runs", () => checkOpenRuns(session)),
  ];
}

export function checkLedger(name: string, path: string, session: Session): Promise<Check> {
  return reportError(name, () => {
    if (!existsSync(path))
      return { name, status: "warning", found: `${path} does not exist yet`, fix: session.command("init") };
    const { findings, entries } = verifyLedger(path);
    const [first] = findings;
    if (first === undefined) return { name, status: "ok", found: count(entries, "entry", "entries") };
    return {
      name,
      status: "wrong",
      found: `${count(findings.length, "finding")}; the first: ${first.message}`,
      fix: `Keep ${path} as evidence and move it away; \`${session.command("audit", "verify")}\` lists all findings.`,
    };
  });
}

/** What a check throws is what it found. */
export async function reportError(name: string, look: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { name, status: "wrong", found: error.message, fix: error.hint };
  }
}

function isWritable(directory: string): boolean {
  return (
    tryTo(() => accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK) ?? true) === true
  );
}

function checkStaging({ workspace, command }: Session): Check {
  const own = processIdOfSelf();
  const opened = openWorkspace(workspace, own);
  try {
    const names = readdirSync(join(workspace, STATE_DIRECTORY, "staging"));
    const stale = names.filter((name) => name !== own && !isAlive(opened, name));
    return stale.length === 0
      ? { name: "staging", status: "ok", found: "nothing half built" }
      : {
          name: "staging",
          status: "warning",
          found: `left by ${count(stale.length, "dead process", "dead processes")}`,
          fix: command("recover"),
        };
  } finally {
    opened.close();
  }
}

async function checkOpenRuns(session: Session): Promise<Check> {
  await using runtime = await session.open();
  const rows = runtime.ledger.runs({ status: "RUNNING", limit: 1000 });
  const opened = openWorkspace(session.workspace, `${processIdOfSelf()}-doctor`);
  try {
    const left = rows.filter((row) => !isAlive(opened, row.process));
    const paused = runtime.ledger.runs({ status: "PAUSED", limit: 1000 }).length;
    if (left.length > 0)
      return {
        name: "runs",
        status: "warning",
        found: `${count(left.length, "run")} left by dead processes`,
        fix: session.command("recover"),
      };
    return { name: "runs", status: "ok", found: `${rows.length} running, ${paused} paused` };
  } finally {
    opened.close();
  }
}
