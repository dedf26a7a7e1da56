import type { DatabaseSync } from "node:sqlite";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { synchronously, unavailable } from "./database.ts";
import type { KeyRing } from "./key-ring.ts";
import type { LedgerFile } from "./open-ledger.ts";

/** What is erased: all sealed values of an ended run, or single ones. */
export type Erasure = { readonly run: string } | { readonly commitments: readonly string[] };

export type Erased = {
  readonly commitments: readonly string[];
  /** `false` where another process still reads: copies of the encrypted values may stay in the log file until it ends. */
  readonly isLogEmptied: boolean;
};

/**
 * Makes sealed values unreadable for ever; the chain and every proof stay valid. That they are erased is an entry
 * before anything is destroyed, so that an erasure that was cut off can be seen, and be asked for again.
 *
 * @throws RUN_UNKNOWN, STATE_CONFLICT where the run has not ended, LEDGER_UNAVAILABLE
 */
export async function erase(
  ledger: LedgerFile,
  keys: KeyRing,
  by: Principal,
  erasure: Erasure,
  reason: string,
): Promise<Erased> {
  const { database: db } = ledger;
  const commitments = "run" in erasure ? commitmentsOfRun(ledger, erasure.run) : erasure.commitments;
  const subject = "run" in erasure ? erasure.run : ledger.id;
  await ledger.append(by, {
    type: "plaintext-erased",
    data: { commitments: [...commitments], subject, reason },
  });
  if ("run" in erasure) keys.destroy(erasure.run);
  try {
    synchronously(db, "FULL", () => deleteBoxes(db, commitments));
    const result = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return { commitments, isLogEmptied: result?.["busy"] === 0 };
  } catch (error) {
    throw unavailable(error, ledger.path);
  }
}

function commitmentsOfRun(ledger: LedgerFile, id: string): string[] {
  const run = ledger.run(id);
  if (run === undefined) throw new RuntimeError("RUN_UNKNOWN", `There is no run ${id} in this workspace.`);
  if (run.endedAt === null)
    throw new RuntimeError("STATE_CONFLICT", `The run ${id} has not ended; its values are still needed.`);
  const rows = ledger.database
    .prepare("SELECT commitment FROM sealed WHERE subject = ? ORDER BY commitment")
    .all(id);
  return rows.map((row) => String(row["commitment"]));
}

function deleteBoxes(db: DatabaseSync, commitments: readonly string[]): void {
  db.exec("PRAGMA secure_delete=ON; BEGIN IMMEDIATE");
  try {
    db.prepare("DELETE FROM sealed WHERE commitment IN (SELECT value FROM json_each(?))").run(
      JSON.stringify(commitments),
    );
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
