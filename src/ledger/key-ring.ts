import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { filesIn, makePrivate, makePrivateDir, readPrivate, shred } from "./private-file.ts";

/** Encryption keys for each subject (a run, or a ledger), so that a subject can be erased by its keys. */
export type KeyRing = {
  /** Every key that something may be sealed under for the subject; none where they were destroyed. */
  find(subject: string): Iterable<Buffer>;
  /** The key that seals for the subject. One that is made here is durable before this returns. */
  findOrMake(subject: string): Buffer;
  /** Nothing that was sealed for the subject can be revealed any more. */
  destroy(subject: string): void;
};

const KEY_BYTES = 32;
const MAX_KEYS_IN_MEMORY = 100;

/**
 * The key ring in a directory of its own: one file for each key. A subject has a key for each generation in which
 * something is sealed for it, so that a key from before reveals nothing that is newer.
 */
export function openKeyRing(directory: string, generation: () => number): KeyRing {
  const keys = new Map<string, Buffer>();
  // A subject may hold any character.
  const pathOf = (subject: string, number: number) =>
    join(directory, `${sha256(subject)}${number === 1 ? "" : `-${number}`}.key`);

  const keep = (path: string, key: Buffer): Buffer => {
    if (key.length !== KEY_BYTES)
      throw new RuntimeError("LEDGER_CORRUPT", `${path}: a key has ${KEY_BYTES} bytes, not ${key.length}.`);
    if (keys.size >= MAX_KEYS_IN_MEMORY) keys.clear();
    keys.set(path, key);
    return key;
  };
  const read = (path: string): Buffer | undefined => {
    const key = keys.get(path) ?? readPrivate(path);
    return key === undefined ? undefined : keep(path, key);
  };

  return {
    *find(subject) {
      for (let number = generation(); number > 0; number--) {
        const key = read(pathOf(subject, number));
        if (key !== undefined) yield key;
      }
    },
    findOrMake(subject) {
      const path = pathOf(subject, generation());
      const found = read(path);
      if (found !== undefined) return found;
      makePrivateDir(directory);
      return keep(path, makePrivate(path, randomBytes(KEY_BYTES)));
    },
    destroy(subject) {
      keys.clear();
      for (const file of filesIn(directory))
        if (file.startsWith(sha256(subject))) shred(join(directory, file));
    },
  };
}
