import { join } from "node:path";

import { createRuntime, type Runtime, type RuntimeOptions } from "../src/index.ts";
import { type Report, verifyLedger } from "../src/ledger/verify.ts";
import { homeIn } from "./home.ts";

/** A runtime whose workspace and home lie in `directory`, apart from everything else of this machine. */
export function openIn(directory: string, options: RuntimeOptions = {}): Promise<Runtime> {
  const { env = {}, ...rest } = options;
  // Who makes the home becomes its admin.
  const home = rest.principal === undefined ? homeIn(directory, env) : join(directory, "home");
  return createRuntime({
    workspace: workspaceIn(directory),
    env: { AI_FIRST_HOME: home, ...env },
    ...rest,
  });
}

export function workspaceIn(directory: string): string {
  return join(directory, "workspace");
}

export function ledgerIn(directory: string): string {
  return join(workspaceIn(directory), ".ai-first", "ledger.db");
}

export function verifyIn(directory: string): Report {
  return verifyLedger(ledgerIn(directory));
}
