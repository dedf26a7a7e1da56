import { workAside } from "./aside.ts";
import type { Report, VerifyOptions } from "./verify.ts";

export type VerifyTask = { readonly path: string; readonly options: VerifyOptions };

const PROGRAM = { name: "verify-worker", directory: import.meta.dirname };

/**
 * Checks a ledger as `verifyLedger` does, beside the event loop. Whoever asks while the same ledger is being checked
 * gets the report of that check.
 *
 * @throws as `verifyLedger`; LEDGER_UNAVAILABLE
 */
export function verifyAside(path: string, options: VerifyOptions = {}): Promise<Report> {
  const task: VerifyTask = { path, options };
  return workAside(PROGRAM, JSON.stringify(task), task);
}
