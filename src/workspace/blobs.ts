import {
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { hash } from "node:crypto";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { hashFile, syncData } from "./durable.ts";
import { stagingName } from "./staging.ts";
import { type Directory, lstat } from "./walk.ts";

const SMALL_BYTES = 256 * 1024;

/**
 * Contents by their SHA-256, each stored once. A blob is durable before `keep…` resolves, and is checked against its
 * name whenever it is read.
 */
export class BlobStore {
  readonly #directory: Directory;
  readonly #staging: Directory;

  constructor(directory: Directory, staging: Directory) {
    this.#directory = directory;
    this.#staging = staging;
  }

  has(digest: string): boolean {
    return lstat(this.#directory, place(digest))?.isFile() === true;
  }

  /** Keeps the content of an open file, sharing its blocks where the file system can (reflink). */
  async keepFile(fd: number, size: number): Promise<string> {
    if (size <= SMALL_BYTES) return this.keepBytes(readFileSync(fd));
    const name = stagingName();
    copyFileSync(`/proc/self/fd/${fd}`, this.#staging.at(name), constants.COPYFILE_FICLONE);
    const copy = openSync(this.#staging.at(name), constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      const { digest } = await hashFile(copy);
      await syncData(copy);
      this.#adopt(name, digest);
      return digest;
    } finally {
      closeSync(copy);
      rmSync(this.#staging.at(name), { force: true });
    }
  }

  async keepBytes(bytes: Uint8Array): Promise<string> {
    const digest = hash("sha256", bytes);
    if (this.has(digest)) return digest;
    const name = stagingName();
    const fd = openSync(this.#staging.at(name), "wx", 0o600);
    try {
      writeAll(fd, bytes);
      await syncData(fd);
    } finally {
      closeSync(fd);
    }
    this.#adopt(name, digest);
    return digest;
  }

  /** Path of a blob, for copying. @throws PREIMAGE_MISSING */
  pathOf(digest: string): string {
    if (!this.has(digest)) throw missing(digest, "is gone");
    return this.#directory.at(place(digest));
  }

  /** @throws PREIMAGE_MISSING where it is gone or its bytes are not those that it is named after */
  read(digest: string): Buffer {
    const bytes = readFileSync(this.pathOf(digest));
    if (hash("sha256", bytes) !== digest) throw missing(digest, "is damaged");
    return bytes;
  }

  /** Removes every blob from before a time (milliseconds since the epoch) that is not needed. Returns how many. */
  collect(isNeeded: (digest: string) => boolean, beforeMs: number): number {
    let removed = 0;
    for (const prefix of readdirSync(this.#directory.self)) {
      for (const rest of readdirSync(this.#directory.at(prefix))) {
        const path = this.#directory.at(`${prefix}/${rest}`);
        if (isNeeded(prefix + rest) || lstatSync(path).mtimeMs >= beforeMs) continue;
        rmSync(path);
        removed++;
      }
    }
    return removed;
  }

  #adopt(staged: string, digest: string): void {
    this.#makePrefix(digest.slice(0, 2));
    renameSync(this.#staging.at(staged), this.#directory.at(place(digest)));
    const fd = openSync(this.#directory.at(digest.slice(0, 2)), constants.O_RDONLY | constants.O_DIRECTORY);
    fsyncSync(fd);
    closeSync(fd);
  }

  // Not `recursive`: where somebody removed the store itself, that would try for ever.
  #makePrefix(prefix: string): void {
    try {
      mkdirSync(this.#directory.at(prefix), { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
        throw fromSystem(error, "The store of kept contents");
    }
  }
}

function place(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw missing(digest, "has no valid name");
  return `${digest.slice(0, 2)}/${digest.slice(2)}`;
}

function missing(digest: string, why: string): RuntimeError {
  return new RuntimeError("PREIMAGE_MISSING", `The stored content ${digest.slice(0, 12)}… ${why}.`);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset);
}
