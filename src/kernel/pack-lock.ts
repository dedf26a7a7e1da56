import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { openNote, type Signer, signNote } from "../ledger/note.ts";
import type { PackFiles } from "./pack-files.ts";

/** Name of the file with the digests of all others, signed. */
export const PACK_LOCK = "pack.lock";

const HEADER = "ai-first-runtime/pack v1";

/** Digests of every file of a pack, signed: a C2SP signed note that names its own verifier key. */
export function signPack(files: PackFiles, signer: Signer): string {
  return signNote(`${HEADER}\n${signer.verifier}\n${digestsOf(files)}`, signer);
}

/**
 * The verifier key under which a pack is signed; `undefined` for a pack without a lock. `expected`: the key that it
 * must be.
 *
 * @throws SPEC_INVALID where a file is not what was signed, or the signature does not hold
 */
export function verifyPack(files: PackFiles, expected?: string): string | undefined {
  const note = files[PACK_LOCK];
  if (note === undefined) {
    if (expected === undefined) return undefined;
    throw refused("it has no pack.lock");
  }
  const [header, verifier = "", ...rest] = note.slice(0, note.lastIndexOf("\n\n") + 1).split("\n");
  if (header !== HEADER) throw refused("it is no lock of a pack");
  if (expected !== undefined && expected !== verifier) throw refused(`it is signed by ${verifier}`);
  try {
    openNote(note, verifier);
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const [signed, present] = [linesOf(rest.join("\n")), linesOf(digestsOf(files))];
  const changed = Object.keys({ ...signed, ...present }).filter((path) => signed[path] !== present[path]);
  if (changed.length > 0) throw refused(`not as it was signed: ${changed.join(", ")}`);
  return verifier;
}

function digestsOf(files: PackFiles): string {
  return Object.entries(files)
    .filter(([path]) => path !== PACK_LOCK)
    .map(([path, text]) => `${sha256(text)} ${path}\n`)
    .sort()
    .join("");
}

function linesOf(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => [line.slice(65), line.slice(0, 64)]));
}

function refused(why: string, cause?: unknown): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `pack.lock: ${why}.`, { cause });
}
