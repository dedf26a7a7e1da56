import { lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Runtime } from "../workflow/runtime.ts";
import { isAlive, newProcessId } from "../workspace/liveness.ts";
import { STATE_DIRECTORY } from "../workspace/path.ts";
import { openWorkspace } from "../workspace/workspace.ts";
import { checkLedger, checkSigning, reportError } from "./doctor-ledger.ts";
import { type Check, isUsable, notADirectory } from "./doctor-machine.ts";
import { ledgerPath } from "./ledger-path.ts";
import { describePanic } from "./panic.ts";
import { asRuntimeError } from "./render-error.ts";
import type { Session } from "./session.ts";
import { count } from "./text.ts";

/** What can be said about the workspace without running anything in it, as far as the home can be used. */
export async function checkWorkspace(session: Session, home: readonly Check[]): Promise<Check[]> {
  const { workspace } = session;
  const stat = statSync(workspace, { throwIfNoEntry: false });
  if (stat === undefined)
    return [
      {
        name: "workspace",
        status: "warning",
        found: `${workspace} does not exist yet`,
        fix: session.command("init"),
      },
    ];
  if (!stat.isDirectory()) return [notADirectory("workspace", workspace, "name another with --workspace")];
  if (!isUsable(workspace))
    return [
      {
        name: "workspace",
        status: "wrong",
        found: `${workspace} cannot be written`,
        fix: `chmod u+rwx '${workspace}'`,
      },
    ];
  const found: Check = { name: "workspace", status: "ok", found: workspace };
  const state = join(workspace, STATE_DIRECTORY);
  // A link too is none: it is not followed.
  if (lstatSync(state, { throwIfNoEntry: false })?.isDirectory() === false)
    return [found, notADirectory("ledger", state, "put the directory itself there")];
  const ledger = await reportError("ledger", () => checkLedger("ledger", ledgerPath(workspace), session));
  if (ledger.status !== "ok") return [found, ledger];
  const staging = await reportError("staging", () => checkStaging(session));
  if (home.some(({ status }) => status === "wrong")) return [found, ledger, staging];
  const signing = await reportError("signing", () => checkSigning(ledgerPath(workspace), session));
  if (home.some(({ status }) => status !== "ok")) return [found, ledger, signing, staging];
  return [found, ledger, signing, staging, ...(await checkInside(session))];
}

function checkStaging({ workspace, command }: Session): Check {
  const opened = openWorkspace(workspace, newProcessId());
  try {
    const names = readdirSync(join(workspace, STATE_DIRECTORY, "staging"));
    const stale = names.filter((name) => !isAlive(opened, name));
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

async function checkInside(session: Session): Promise<Check[]> {
  try {
    await using runtime = await session.open();
    return [checkPanics(runtime, session), checkOpenRuns(runtime, session), checkSeals(runtime)];
  } catch (error) {
    return [await reportError("runs", () => Promise.reject(asRuntimeError(error)))];
  }
}

function checkPanics(runtime: Runtime, { command }: Session): Check {
  const [panic, ...others] = runtime.panics().filter(({ lifted }) => lifted === null);
  if (panic === undefined) return { name: "panic", status: "ok", found: "none in force" };
  const more = others.length === 0 ? "" : `; ${others.length} more`;
  return {
    name: "panic",
    status: "warning",
    found: `${describePanic(panic)}${more}`,
    fix: command("panic", "lift", panic.id, "--reason", "…"),
  };
}

function checkOpenRuns({ ledger }: Runtime, { workspace, command }: Session): Check {
  const rows = ledger.runs({ status: "RUNNING", limit: 1000 });
  const opened = openWorkspace(workspace, newProcessId());
  try {
    const left = rows.filter((row) => !isAlive(opened, row.process));
    const paused = ledger.runs({ status: "PAUSED", limit: 1000 }).length;
    if (left.length > 0)
      return {
        name: "runs",
        status: "warning",
        found: `${count(left.length, "run")} left by dead processes`,
        fix: command("recover"),
      };
    return { name: "runs", status: "ok", found: `${rows.length} running, ${paused} paused` };
  } finally {
    opened.close();
  }
}

function checkSeals({ home, keys, ledger }: Runtime): Check {
  const subjects = ledger.database.prepare("SELECT DISTINCT subject FROM sealed").all();
  const lost = subjects.filter(({ subject }) => [...keys.ring.find(String(subject))].length === 0).length;
  if (lost === 0)
    return { name: "seals", status: "ok", found: `${count(subjects.length, "run")} with sealed values` };
  return {
    name: "seals",
    status: "warning",
    found: `${count(lost, "run")} with sealed values whose keys are gone`,
    fix: `Restore ${join(home, "keys", "seal")} from a backup; nothing else reveals them.`,
  };
}
