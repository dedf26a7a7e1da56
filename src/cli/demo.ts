import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { fromSystem } from "../contract/errors.ts";
import { verifyLedger } from "../ledger/verify.ts";
import { renderReport } from "./audit-verify.ts";
import { DEMO_FILES } from "./demo-files.ts";
import { followRun } from "./follow-run.ts";
import { ledgerPath } from "./ledger-path.ts";
import type { Action } from "./session.ts";
import { count } from "./text.ts";

const WORKFLOW = "tidy_inbox";

/** The first run of a new user: sample files, a real workflow on them, and a look at the ledger. */
export const demo: Action = async (session) => {
  const made = makeSamples(session.workspace);
  session.print(
    `Tidying ${join(session.workspace, "inbox")}${made === 0 ? "" : `, with ${count(made, "sample file")} put there`}.`,
  );
  session.print();
  const exitCode = await followRun(session, (runtime) => runtime.start(WORKFLOW));
  if (session.json) return exitCode;
  const report = verifyLedger(ledgerPath(session.workspace));
  session.print();
  for (const line of renderReport(report, session)) session.print(line);
  session.print();
  session.print(
    `Read ${join(session.workspace, "report.md")}, then take it all back with \`${session.command("undo")}\`.`,
  );
  return exitCode;
};

/** Puts sample files where they are missing, and returns how many. */
function makeSamples(workspace: string): number {
  let made = 0;
  for (const [path, text] of Object.entries(DEMO_FILES)) {
    const full = join(workspace, path);
    if (existsSync(full)) continue;
    try {
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text, { flag: "wx" });
    } catch (error) {
      throw fromSystem(error, `The sample file "${path}"`);
    }
    made++;
  }
  return made;
}
