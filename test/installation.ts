import { join } from "node:path";

import { createRuntime, type Runtime, type RuntimeOptions } from "../src/index.ts";
import { type Report, verifyLedger } from "../src/ledger/verify.ts";

/** A runtime whose workspace and home lie in `directory`, apart from everything else of this machine. */
export function openIn(directory: string, options: RuntimeOptions = {}): Promise<Runtime> {
  const { env = {}, ...rest } = options;
  return createRuntime({
    workspace: workspaceIn(directory),
    env: { AI_FIRST_HOME: join(directory, "home"), ...env },
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
