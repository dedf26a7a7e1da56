import type { DatabaseSync } from "node:sqlite";

import type { Entry } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { type Projections, type RunRecord, createProjections } from "./projections.ts";
import { type Beside, hasSpecialForm, toPlain } from "./stored-value.ts";

const TABLES = ["objects", "runs", "approvals"];

/** Empties the projections of a ledger and folds them again from its entries, in one transaction. */
export function rebuildProjections(db: DatabaseSync, beside: Beside): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const table of TABLES) db.exec(`DELETE FROM ${table}`);
    const projections = createProjections(db);
    for (const row of db.prepare("SELECT entry FROM entries ORDER BY seq").iterate())
      foldEntry(projections, String(row["entry"]), (data) => plainOrStored(data, beside));
    projections.save();
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** Folds one entry's text into projections; `toData` makes its data of the stored data. */
export function foldEntry(
  projections: Projections,
  text: string,
  toData: (stored: unknown) => unknown,
): RunRecord | undefined {
  const stored = JSON.parse(text) as Entry;
  const data = hasSpecialForm(text) ? toData(stored.data) : stored.data;
  return projections.apply({ ...stored, data } as Entry, stored.data);
}

/** The rows of every projection, in a fixed order. */
export function projectionRows(db: DatabaseSync): { table: string; row: string }[] {
  return TABLES.flatMap((table) =>
    db
      .prepare(`SELECT * FROM ${table} ORDER BY 1`)
      .all()
      .map((row) => ({ table, row: JSON.stringify(row) })),
  );
}

// What cannot be revealed any more counts as it is stored.
function plainOrStored(stored: unknown, beside: Beside): unknown {
  try {
    return toPlain(stored, beside);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "PLAINTEXT_ERASED") return stored;
    throw error;
  }
}
