import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

import { RuntimeError, fromSystem } from "../contract/errors.ts";
import { type Checkpoint, knownTree, leavesOf, openUnderAny } from "./checkpoint.ts";
import type { Finding, SignedNote } from "./chain-check.ts";
import { verifiersOf } from "./hand-over.ts";
import { addLeaves, rootOf } from "./merkle.ts";
import { originOf } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";

/**
 * Appends a checkpoint of the ledger to a witness file: notes, one after another. The file is worth what separates
 * it from the ledger: another disk, another machine, a repository that others pull.
 *
 * @throws LEDGER_CORRUPT where the ledger is no continuation of what was witnessed before; nothing is appended then
 */
export function witness(file: string, ledger: LedgerFile, note: string): void {
  const verifiers = verifiersOf(ledger);
  const last = latest(readWitness(file), originOf(ledger.id), verifiers);
  const next = openUnderAny(note, verifiers);
  if (next === undefined) throw refused(file, "the new checkpoint is not signed with the ledger's key");
  if (last !== undefined) {
    checkContains(ledger, last, verifiers, file);
    if (last.size >= next.size) return;
  }
  checkContains(ledger, next, verifiers, file);
  appendDurably(file, note);
}

/** The notes of a witness file, oldest first; none where there is no file. @throws OS_PERMISSION */
export function readWitness(file: string): string[] {
  try {
    return splitNotes(readFileSync(file, "utf8"));
  } catch (error) {
    const failure = fromSystem(error, file);
    if (failure.code === "FILE_NOT_FOUND") return [];
    throw failure;
  }
}

/** What a witness file has of one ledger, or a finding that it has nothing; none where no file is named. */
export function witnessedNotes(
  file: string | undefined,
  ledgerId: string | undefined,
  report: (finding: Finding) => void,
): SignedNote[] {
  if (file === undefined) return [];
  const notes = readWitness(file).filter((note) => note.startsWith(`${originOf(String(ledgerId))}\n`));
  if (notes.length === 0)
    report({
      seq: null,
      kind: "witness",
      message: `The witness file ${file} has no checkpoint of this ledger.`,
    });
  return notes.map((note) => ({ note, from: "witness" }));
}

/** The notes of a text: each ends with the last of its signature lines. */
export function splitNotes(text: string): string[] {
  return text.split(/(?<=\n\u2014 [^\n]*\n)(?!\u2014 )/).filter((note) => note !== "");
}

function latest(
  notes: readonly string[],
  origin: string,
  verifiers: readonly string[],
): Checkpoint | undefined {
  let found: Checkpoint | undefined;
  for (const note of notes) {
    if (!note.startsWith(`${origin}\n`)) continue;
    const checkpoint = openUnderAny(note, verifiers);
    if (checkpoint !== undefined && checkpoint.size >= (found?.size ?? 0)) found = checkpoint;
  }
  return found;
}

function checkContains(
  ledger: LedgerFile,
  old: Checkpoint,
  verifiers: readonly string[],
  file: string,
): void {
  const { seq } = ledger.head();
  if (seq < old.size)
    throw refused(file, `${old.size} entries were witnessed, and the ledger has only ${seq}`);
  const known = knownTree(ledger.database, old.size, verifiers);
  const tree = addLeaves(known, leavesOf(ledger.database, known.size, old.size));
  if (!Buffer.from(rootOf(tree)).equals(old.root))
    throw refused(file, `the ledger's first ${old.size} entries are not those that were witnessed`);
}

function refused(file: string, why: string): RuntimeError {
  return new RuntimeError("LEDGER_CORRUPT", `The witness file ${file} takes no further checkpoint: ${why}.`);
}

function appendDurably(file: string, note: string): void {
  try {
    const handle = openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o644);
    try {
      writeSync(handle, note);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw fromSystem(error, file);
  }
}
