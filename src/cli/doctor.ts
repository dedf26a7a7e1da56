import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { CATEGORIES } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import { homeOf } from "../kernel/home.ts";
import { checkLedger, reportError } from "./doctor-ledger.ts";
import {
  type Check,
  checkHome,
  checkKeys,
  checkNode,
  checkProc,
  checkSandbox,
  checkSpace,
  tryTo,
} from "./doctor-machine.ts";
import { checkWorkspace } from "./doctor-workspace.ts";
import type { Action, Session } from "./session.ts";

/** Looks at everything that a run needs, and names the fix for what is wrong. */
export const doctor: Action = async (session) => {
  const home = homeOf(session.io.env);
  const ofHome = await checkWholeHome(home, session);
  const checks = [
    checkNode(process.versions.node),
    checkProc(process.platform),
    await checkSandbox(session.io.env),
    // Some lie in the home: where it is none, that is all there is to say.
    ...(ofHome.length === 1 ? [] : [await reportError("assets", () => checkAssets(session))]),
    ...ofHome,
    checkSpace(existingParent(session.workspace)),
    ...(await checkWorkspace(session, ofHome)),
  ];
  const isWell = checks.every(({ status }) => status !== "wrong");
  session.emit({ ok: isWell, checks }, () => checks.flatMap((check) => render(check, session)));
  return isWell ? 0 : CATEGORIES.INTERNAL_ERROR.exit;
};

async function checkWholeHome(home: string, session: Session): Promise<Check[]> {
  const found = checkHome(home);
  if (tryTo(() => statSync(home).isDirectory()) === false) return [found];
  const path = join(home, "home.db");
  const ledger = await reportError("home ledger", () => checkLedger("home ledger", path, session));
  return [found, checkKeys(home), ledger];
}

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
