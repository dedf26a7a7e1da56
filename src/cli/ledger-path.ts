import { join } from "node:path";

import { STATE_DIRECTORY } from "../workspace/path.ts";

/** Where the ledger of a workspace lies, for what reads it without opening the workspace. */
export function ledgerPath(workspace: string): string {
  return join(workspace, STATE_DIRECTORY, "ledger.db");
}
