import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { homeOf } from "../kernel/home.ts";
import { inspectFile, openDatabase } from "../ledger/database.ts";
import { verifierOf } from "../ledger/hand-over.ts";
import { openKeys } from "../ledger/keys.ts";
import { verifyLedger } from "../ledger/verify.ts";
import type { Check } from "./doctor-machine.ts";
import type { Session } from "./session.ts";
import { count } from "./text.ts";

const BUSY_TIMEOUT_MS = 5000;

/** Whether a ledger is whole, and one that this version can go on with. */
export function checkLedger(name: string, path: string, session: Session): Check {
  if (!inspectFile(path))
    return { name, status: "warning", found: `${path} does not exist yet`, fix: session.command("init") };
  const { findings, entries } = verifyLedger(path);
  const [first] = findings;
  if (first !== undefined)
    return {
      name,
      status: "wrong",
      found: `${count(findings.length, "finding")}; the first: ${first.message}`,
      fix: `Move ${away(path)}${name === "ledger" ? ` \`${session.command("audit", "verify")}\` lists all findings.` : ""}`,
    };
  // Whole, and yet not one that a run goes on with.
  openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS })?.close();
  return { name, status: "ok", found: count(entries, "entry", "entries") };
}

/** Whether this home has the key that the ledger's checkpoints are signed with. */
export function checkSigning(path: string, { io }: Session): Check {
  const home = homeOf(io.env);
  const verifier = readVerifier(path);
  const key = openKeys(home)
    .list()
    .find(({ publicKey }) => verifier.endsWith(`+${publicKey}`));
  return key === undefined
    ? {
        name: "signing",
        status: "wrong",
        found: "this home does not have the ledger's key; no checkpoint is signed any more",
        fix: `Restore ${join(home, "keys")} from a backup, or use the home that the ledger was made under. Otherwise move ${away(path)}`,
      }
    : { name: "signing", status: "ok", found: `with key ${key.number}` };
}

function readVerifier(path: string): string {
  const database = openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    return database === undefined ? "" : verifierOf(database);
  } finally {
    database?.close();
  }
}

function away(path: string): string {
  return `${path} away, with its -wal where there is one, and keep it as evidence; a new ledger begins.`;
}

/** What a check throws is what it found. */
export async function reportError(name: string, look: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    // The catalogue's hint for a caller is to ask the doctor.
    const fix =
      error.code === "LEDGER_CORRUPT"
        ? "Move the named file away, and keep it as evidence; a new one begins."
        : error.hint;
    return { name, status: "wrong", found: error.message, fix };
  }
}
