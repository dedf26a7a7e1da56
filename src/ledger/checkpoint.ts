import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";

import { RuntimeError } from "../contract/errors.ts";
import { synchronously, unavailable } from "./database.ts";
import { handOver, verifiersOf } from "./hand-over.ts";
import type { Keys } from "./keys.ts";
import { LEDGER_PRINCIPAL } from "./ledger.ts";
import { EMPTY, type Frontier, addLeaves, rootOf } from "./merkle.ts";
import { openNote, originOf, signNote } from "./note.ts";
import type { LedgerFile } from "./open-ledger.ts";

/** What a checkpoint states: the first `size` entries of the ledger `origin` have this tree root. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

// C2SP tlog-checkpoint: https://c2sp.org/tlog-checkpoint
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** @throws LEDGER_CORRUPT where the text is no checkpoint */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root] =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text)?.slice(1) ?? [];
  if (origin === undefined || root === undefined)
    throw new RuntimeError("LEDGER_CORRUPT", "A checkpoint is malformed.");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

/** What a note of this ledger states. @throws LEDGER_CORRUPT where it is not signed so, or of another ledger */
export function openCheckpoint(note: string, verifier: string): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, verifier));
  const name = verifier.slice(0, verifier.indexOf("+"));
  if (checkpoint.origin !== name)
    throw new RuntimeError("LEDGER_CORRUPT", `A checkpoint is of ${checkpoint.origin}, not of ${name}.`);
  return checkpoint;
}

/** What a note of this ledger states under one of its keys; `undefined` where none of them signed it so. */
export function openUnderAny(note: string, verifiers: readonly string[]): Checkpoint | undefined {
  for (const verifier of verifiers) {
    try {
      return openCheckpoint(note, verifier);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
  return undefined;
}

const LEAVES_IN_A_ROW = 2000;

/**
 * Signs and keeps a checkpoint of all that the ledger holds now, and returns it; `undefined` where this
 * installation does not have the key that the ledger is signed with. After a rotation of the key, the ledger is
 * handed over to the new one first.
 *
 * @throws LEDGER_CORRUPT, LEDGER_UNAVAILABLE, DISK_FULL, OS_PERMISSION
 */
export async function signCheckpoint(
  ledger: LedgerFile,
  keys: Keys,
  by = LEDGER_PRINCIPAL,
): Promise<string | undefined> {
  const signer = keys.signer(originOf(ledger.id));
  await handOver(ledger, keys, signer, by);
  // In this order: a key may sign what is older than its time, and not what is newer.
  const { seq: size } = ledger.head();
  const verifiers = verifiersOf(ledger);
  if (signer.verifier !== verifiers.at(-1)) return undefined;
  const known = knownTree(ledger.database, size, verifiers);
  if (known.size === size && known.note !== undefined) return known.note;
  // What is signed must not be lost in a power cut: somebody would be taken to have cut it off.
  await ledger.sync();
  let frontier: Frontier = known;
  while (frontier.size < size) {
    frontier = addLeaves(
      frontier,
      leavesOf(ledger.database, frontier.size, Math.min(size, frontier.size + LEAVES_IN_A_ROW)),
    );
    await setImmediate();
  }
  const note = signNote(formatCheckpoint({ origin: signer.name, size, root: rootOf(frontier) }), signer);
  try {
    keep(ledger.database, size, note, frontier);
  } catch (error) {
    throw unavailable(error, ledger.path);
  }
  return note;
}

/** Without waiting for the disk: what a power cut takes is signed again, from entries that it cannot take. */
function keep(db: DatabaseSync, size: number, note: string, { roots }: Frontier): void {
  synchronously(db, "NORMAL", () =>
    db.prepare("INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)").run(size, note, Buffer.concat(roots)),
  );
}

/** The largest tree of at most `size` leaves that a checkpoint of this ledger is kept of; it may be the empty one. */
export function knownTree(
  db: DatabaseSync,
  size: number,
  verifiers: readonly string[],
): Frontier & { note?: string } {
  const row = db.prepare("SELECT * FROM checkpoints WHERE size <= ? ORDER BY size DESC LIMIT 1").get(size);
  if (row === undefined) return EMPTY;
  const note = String(row["note"]);
  const frontier = { size: Number(row["size"]), roots: splitRoots(row["frontier"] as Uint8Array) };
  const checkpoint = openUnderAny(note, verifiers);
  if (checkpoint?.size === frontier.size && Buffer.from(rootOf(frontier)).equals(checkpoint.root))
    return { ...frontier, note };
  throw new RuntimeError(
    "LEDGER_CORRUPT",
    `The kept checkpoint of ${frontier.size} entries is not one of this ledger.`,
  );
}

/** The newest note that is kept, as it was signed. */
export function newestCheckpoint(
  db: DatabaseSync,
): { readonly size: number; readonly note: string } | undefined {
  const row = db.prepare("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1").get();
  return row && { size: Number(row["size"]), note: String(row["note"]) };
}

const HASH_BYTES = 32;

function splitRoots(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / HASH_BYTES }, (_, i) =>
    joined.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

/** The hashes of the entries with indices from `from` up to, not including, `to`; an index is one below `seq`. */
export function* leavesOf(db: DatabaseSync, from: number, to: number): Iterable<Uint8Array> {
  const page = db.prepare("SELECT hash FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq");
  for (let start = from; start < to; start += LEAVES_IN_A_ROW)
    for (const row of page.all(start, Math.min(to, start + LEAVES_IN_A_ROW))) yield row["hash"] as Uint8Array;
}
