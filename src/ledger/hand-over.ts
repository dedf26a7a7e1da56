import type { DatabaseSync } from "node:sqlite";

import type { KeyChange } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Keys } from "./keys.ts";
import { type Signer, isSignedBy, parseVerifier } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";

/**
 * Records that the ledger is under the active key of this installation, where it is under one that was replaced.
 * Leaves a ledger alone whose key this installation does not have.
 *
 * @throws LEDGER_UNAVAILABLE, DISK_FULL, OS_PERMISSION
 */
export async function handOver(ledger: LedgerFile, keys: Keys, next: Signer, by: Principal): Promise<void> {
  const previous = verifierOf(ledger.database);
  if (next.verifier === previous) return;
  const retired = keys.retiredSigners(next.name).find((signer) => signer.verifier === previous);
  if (retired === undefined) return;
  const signature = Buffer.from(retired.sign(handOverText(next.verifier))).toString("base64");
  const data: KeyChange = { publicKey: next.verifier, previous, signature };
  try {
    await ledger.append(by, { type: "key-changed", data });
  } catch (error) {
    // Another process handed it over meanwhile.
    if (!(error instanceof RuntimeError && error.code === "STATE_CONFLICT")) throw error;
  }
}

/** What the previous key signs, so that the next one is trusted as it was. */
export function handOverText(publicKey: string): string {
  return `ai-first-runtime key-changed\n${publicKey}\n`;
}

/** Whether the previous key itself names the next one. */
export function isHandOver({ previous, publicKey, signature }: KeyChange): boolean {
  try {
    const sameName = parseVerifier(previous).name === parseVerifier(publicKey).name;
    return sameName && isSignedBy(previous, handOverText(publicKey), Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

/** The trusted verifier and those that it is followed by, each named by the one before. */
export function successorsOf(trusted: string, changes: readonly KeyChange[]): string[] {
  const verifiers = [trusted];
  for (const change of changes)
    if (change.previous === verifiers.at(-1) && isHandOver(change)) verifiers.push(change.publicKey);
  return verifiers;
}

/** Every verifier that the ledger was under, the present one last. */
export function verifiersOf({ database }: Pick<LedgerFile, "database">): string[] {
  return keyEntriesOf(database).map(({ publicKey }) => publicKey);
}

/** The verifier that the ledger is under now. */
export function verifierOf(database: DatabaseSync): string {
  return keyEntriesOf(database).at(-1)?.publicKey ?? "";
}

/** Every hand-over of the ledger, in order. */
export function keyChangesOf(database: DatabaseSync): KeyChange[] {
  return keyEntriesOf(database).slice(1) as KeyChange[];
}

function keyEntriesOf(database: DatabaseSync): (Partial<KeyChange> & Pick<KeyChange, "publicKey">)[] {
  const rows = database
    .prepare(
      `SELECT json_extract(entry, '$.data') AS data FROM entries
       WHERE run IS NULL AND type IN ('ledger-created', 'key-changed') ORDER BY seq`,
    )
    .all();
  return rows.map((row) => JSON.parse(String(row["data"])) as KeyChange);
}
