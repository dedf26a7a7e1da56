import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { CATEGORIES } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import {
  type Check,
  checkHome,
  checkKeys,
  checkNode,
  checkProc,
  checkSpace,
  homeOf,
} from "./doctor-machine.ts";
import { checkLedger, checkWorkspace, reportError } from "./doctor-workspace.ts";
import type { Action, Session } from "./session.ts";

/** Looks at everything that a run needs, and names the fix for what is wrong. */
export const doctor: Action = async (session) => {
  const home = homeOf(session.io.env);
  const checks = [
    checkNode(process.versions.node),
    checkProc(process.platform),
    await reportError("assets", () => checkAssets(session)),
    checkHome(home),
    checkKeys(home),
    await checkLedger("home ledger", join(home, "home.db"), session),
    checkSpace(existingParent(session.workspace)),
    ...(await checkWorkspace(session)),
  ];
  const isWell = checks.every(({ status }) => status !== "wrong");
  session.emit({ ok: isWell, checks }, () => checks.flatMap((check) => render(check, session)));
  return isWell ? 0 : CATEGORIES.INTERNAL_ERROR.exit;
};

async function checkAssets({ io }: Session): Promise<Check> {
  const { assets, registry } = await io.openRegistry(io.env);
  return {
    name: "assets",
    status: "ok",
    found: `${registry.capabilities().length} capabilities in ${assets.stdlib}`,
  };
}

const LABEL_WIDTH = 12;

function render({ name, status, found, fix }: Check, { style: { colors } }: Session): string[] {
  const symbol = { ok: colors.green("✓"), warning: colors.yellow("!"), wrong: colors.red("✗") }[status];
  const line = `${symbol} ${name.padEnd(LABEL_WIDTH)}${visible(found)}`;
  return fix === undefined
    ? [line]
    : [line, `  ${"".padEnd(LABEL_WIDTH)}${colors.cyan("fix:")} ${visible(fix)}`];
}

function existingParent(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existingParent(dirname(path));
}
