import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from "node:fs";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { refused } from "./path.ts";

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN_FILE = constants.O_RDONLY | constants.O_NONBLOCK;
// open(2), asm-generic/fcntl.h: names a file without opening it, so that no driver and no other end of a pipe notices.
const O_PATH = 0o10000000;

/**
 * A held directory. Names are used below its descriptor, so that nobody who swaps a directory for a link in between
 * can lead us elsewhere. Dispose it to give the descriptor back: from then on it refuses, and so does what was lent of
 * it, because the system gives the number to whoever opens next.
 */
export class Directory implements Disposable {
  readonly device: number;
  readonly #fd: number;
  readonly #lender: Directory | null;
  #isHeld = true;

  constructor(fd: number, device: number, lender: Directory | null = null) {
    this.#fd = fd;
    this.device = device;
    this.#lender = lender;
  }

  /** The same directory for a scope that ends before this one is given back. */
  lend(): Directory {
    return new Directory(this.#fd, this.device, this);
  }

  /** @throws CANCELLED where it was given back */
  get fd(): number {
    if (!this.#isHeld) throw new RuntimeError("CANCELLED", "The workspace was closed meanwhile.");
    return this.#lender === null ? this.#fd : this.#lender.fd;
  }

  /** A path of the operating system for an entry of this directory: valid while the directory is held. */
  at(name: string): string {
    return `/proc/self/fd/${this.fd}/${name}`;
  }

  /** A path of the directory itself. */
  get self(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  [Symbol.dispose](): void {
    if (this.#isHeld && this.#lender === null) closeSync(this.#fd);
    this.#isHeld = false;
  }
}

/** Opens a directory by its real path; links in that path are the operator's own business, once. */
export function holdDirectory(realPath: string): Directory {
  if (process.platform !== "linux")
    throw new RuntimeError(
      "CONFINEMENT_UNAVAILABLE",
      `File effects cannot be confined on ${process.platform}.`,
    );
  const fd = openSync(realPath, OPEN_DIRECTORY);
  return new Directory(fd, fstatSync(fd).dev);
}

/**
 * Walks down from a held directory, component by component, and never through a link or onto another file system.
 *
 * @throws PATH_REFUSED, FILE_NOT_FOUND, OS_PERMISSION
 */
export function walkDown(from: Directory, components: readonly string[]): Directory {
  let current = from;
  try {
    for (const [depth, name] of components.entries()) {
      const next = enter(current, name, () => components.slice(0, depth + 1).join("/"));
      if (current !== from) current[Symbol.dispose]();
      current = next;
    }
    return current === from ? from.lend() : current;
  } catch (error) {
    if (current !== from) current[Symbol.dispose]();
    throw error;
  }
}

function enter(parent: Directory, name: string, path: () => string): Directory {
  let fd: number;
  try {
    fd = openSync(parent.at(name), OPEN_DIRECTORY);
  } catch (error) {
    throw explain(error, parent, name, path());
  }
  const device = fstatSync(fd).dev;
  if (device === parent.device) return new Directory(fd, device);
  closeSync(fd);
  throw refused(path(), "lies on another file system");
}

function explain(error: unknown, parent: Directory, name: string, path: string): RuntimeError {
  const stat = lstat(parent, name);
  if (stat?.isSymbolicLink()) return refused(path, "is a link; links are not followed");
  if (stat !== undefined && !stat.isDirectory())
    return new RuntimeError("FILE_NOT_FOUND", `"${path}" is not a directory.`, { cause: error });
  return fromSystem(error, `"${path}"`);
}

/** Whether an error says that nothing lies at a path, as against something that is not opened. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof RuntimeError ? error.cause : error;
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

/** What lies under a name, without following it; `undefined` where nothing does. */
export function lstat(directory: Directory, name: string): Stats | undefined {
  return lstatSync(directory.at(name), { throwIfNoEntry: false });
}

/**
 * Opens a plain file for reading and returns its descriptor, which the caller closes.
 *
 * @throws PATH_REFUSED for links, devices, pipes, and files with a second hard link (it may lie outside).
 */
export function openFile(directory: Directory, name: string, path: string): number {
  let found: number | undefined;
  try {
    found = openSync(directory.at(name), O_PATH | constants.O_NOFOLLOW);
    checkPlain(fstatSync(found), directory, path);
    return openSync(`/proc/self/fd/${found}`, OPEN_FILE);
  } catch (error) {
    throw fromSystem(error, `"${path}"`);
  } finally {
    if (found !== undefined) closeSync(found);
  }
}

function checkPlain(stat: Stats, directory: Directory, path: string): void {
  if (stat.isSymbolicLink()) throw refused(path, "is a link; links are not followed");
  if (stat.isDirectory()) throw new RuntimeError("FILE_NOT_FOUND", `"${path}" is a directory, not a file.`);
  if (!stat.isFile()) throw refused(path, "is a pipe, a socket or a device");
  if (stat.dev !== directory.device) throw refused(path, "lies on another file system");
  if (stat.nlink > 1) throw refused(path, "has another hard link, which may lie outside the workspace");
}
