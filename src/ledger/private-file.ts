import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { RuntimeError, fromSystem } from "../contract/errors.ts";

/**
 * The content of a file that nobody else may read; `undefined` where there is none.
 *
 * @throws OS_PERMISSION where group or others could read it
 */
export function readPrivate(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const failure = fromSystem(error, path);
    if (failure.code === "FILE_NOT_FOUND") return undefined;
    throw failure;
  }
  try {
    checkPrivate(path, fstatSync(file).mode);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a private file that is complete and durable from the moment it can be seen. Where another process was
 * quicker, that one's content stays and is returned.
 *
 * @throws OS_PERMISSION, DISK_FULL
 */
export function makePrivate(path: string, content: Uint8Array): Buffer {
  const draft = join(dirname(path), `.${randomBytes(8).toString("hex")}.new`);
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, path);
      syncDirectory(dirname(path));
    } catch (error) {
      if (fromSystem(error).code !== "ALREADY_EXISTS") throw error;
    } finally {
      unlinkSync(draft);
    }
  } catch (error) {
    throw fromSystem(error, path);
  }
  const made = readPrivate(path);
  if (made === undefined) throw new RuntimeError("FILE_NOT_FOUND", `${path}: vanished while it was made`);
  return made;
}

/** Makes a directory that only its owner may enter, or checks the one that is there. @throws OS_PERMISSION, DISK_FULL */
export function makePrivateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      checkPrivate(path, fstatSync(directory).mode);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    throw fromSystem(error, path);
  }
}

/** The names in a directory; none where there is no directory. @throws OS_PERMISSION */
export function filesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const failure = fromSystem(error, path);
    if (failure.code === "FILE_NOT_FOUND") return [];
    throw failure;
  }
}

/** Overwrites and removes a private file; there may be none. */
export function shred(path: string): void {
  try {
    // The content first, and not the name alone: after a crash while it was made, the file may have a second name.
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      writeSync(file, Buffer.alloc(fstatSync(file).size));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    unlinkSync(path);
    syncDirectory(dirname(path));
  } catch (error) {
    if (fromSystem(error).code !== "FILE_NOT_FOUND") throw fromSystem(error, path);
  }
}

/** Makes what was created, renamed or removed in a directory durable. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function checkPrivate(path: string, mode: number): void {
  if ((mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  throw new RuntimeError(
    "OS_PERMISSION",
    `${path}: has mode ${shown}, and must not be open to group or others; run chmod go= on it.`,
  );
}
