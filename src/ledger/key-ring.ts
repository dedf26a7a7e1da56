import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { makePrivate, makePrivateDir, readPrivate, shred } from "./private-file.ts";

/** One encryption key for each subject (a run, or a ledger), so that a subject can be erased by its key. */
export type KeyRing = {
  find(subject: string): Buffer | undefined;
  /** A key that is made here is durable before this returns. */
  findOrMake(subject: string): Buffer;
  /** Nothing that was sealed for the subject can be revealed any more. */
  destroy(subject: string): void;
};

const KEY_BYTES = 32;
const MAX_KEYS_IN_MEMORY = 100;

/** The key ring in a directory of its own: one file for each key. */
export function openKeyRing(directory: string): KeyRing {
  const keys = new Map<string, Buffer>();
  // A subject may hold any character.
  const pathOf = (subject: string) => join(directory, `${sha256(subject)}.key`);

  const keep = (subject: string, key: Buffer): Buffer => {
    if (key.length !== KEY_BYTES)
      throw new RuntimeError(
        "LEDGER_CORRUPT",
        `${pathOf(subject)}: a key has ${KEY_BYTES} bytes, not ${key.length}.`,
      );
    if (keys.size >= MAX_KEYS_IN_MEMORY) keys.clear();
    keys.set(subject, key);
    return key;
  };
  const find = (subject: string): Buffer | undefined => {
    const key = keys.get(subject) ?? readPrivate(pathOf(subject));
    return key === undefined ? undefined : keep(subject, key);
  };

  return {
    find,
    findOrMake(subject) {
      const found = find(subject);
      if (found !== undefined) return found;
      makePrivateDir(directory);
      return keep(subject, makePrivate(pathOf(subject), randomBytes(KEY_BYTES)));
    },
    destroy(subject) {
      keys.delete(subject);
      shred(pathOf(subject));
    },
  };
}
