import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { type Report, verifyLedger } from "../ledger/verify.ts";
import { isAlive, processIdOfSelf } from "../workspace/liveness.ts";
import { openWorkspace } from "../workspace/workspace.ts";
import { type Check, tryTo } from "./doctor-machine.ts";
import type { Session } from "./session.ts";
import { count } from "./text.ts";

const STATE_DIRECTORY = ".ai-first";

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
  const isWritable =
    tryTo(() => accessSync(workspace, constants.R_OK | constants.W_OK | constants.X_OK) ?? true) === true;
  if (!isWritable)
    return [
      {
        name: "workspace",
        status: "wrong",
        found: `${workspace} cannot be written`,
        fix: `chmod u+rwx '${workspace}'`,
      },
    ];
  const found: Check = { name: "workspace", status: "ok", found: workspace };
  const ledger = checkLedger("ledger", join(workspace, STATE_DIRECTORY, "ledger.db"), session);
  if (!existsSync(join(workspace, STATE_DIRECTORY)) || ledger.status !== "ok") return [found, ledger];
  return [found, ledger, checkStaging(session), await checkOpenRuns(session)];
}

export function checkLedger(name: string, path: string, session: Session): Check {
  if (!existsSync(path))
    return { name, status: "warning", found: `${path} does not exist yet`, fix: session.command("init") };
  const report = tryToVerify(path);
  if (report instanceof RuntimeError)
    return { name, status: "wrong", found: report.message, fix: report.hint };
  const [first] = report.findings;
  if (first === undefined) return { name, status: "ok", found: count(report.entries, "entry", "entries") };
  return {
    name,
    status: "wrong",
    found: `${count(report.findings.length, "finding")}; the first: ${first.message}`,
    fix: `Keep ${path} as evidence and move it away; \`${session.command("audit", "verify")}\` lists all findings.`,
  };
}

function tryToVerify(path: string): Report | RuntimeError {
  try {
    return verifyLedger(path);
  } catch (error) {
    if (error instanceof RuntimeError) return error;
    throw error;
  }
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
