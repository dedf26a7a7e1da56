import { closeSync, fstatSync, readFileSync } from "node:fs";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileStat, FileSystem } from "../contract/handler.ts";
import { chunksOf } from "./durable.ts";
import { createFileEffects } from "./file-effects.ts";
import type { FilesOptions } from "./files-options.ts";
import { kindOf, listEntries, walkEntries } from "./list.ts";
import { ABSENT_MARK, markOfOpen } from "./observe.ts";
import { parsePath, STATE_DIRECTORY } from "./path.ts";
import { type Directory, isMissing, lstat, openFile, walkDown } from "./walk.ts";

// Of more than this, hashing costs more than reading.
const MAX_HASHED_BYTES = 64 * 1024;

/** The files of one step: confined, leased, and intended before they are changed. */
export function createFiles(options: FilesOptions): FileSystem {
  return { ...createFileReads(options), ...createFileEffects(options) };
}

type FileReads = Pick<FileSystem, "read" | "readChunks" | "stat" | "list" | "walk">;

function createFileReads({
  directory,
  prefix,
  reads,
  lastSeq,
  maxBytes,
  signal,
  needs,
}: FilesOptions): FileReads {
  // Below the root the state directory is not shown; paths that name it are refused anyway.
  const hidden = new Set(prefix.length === 0 ? [STATE_DIRECTORY] : []);
  const begin = (path: string): readonly string[] => {
    needs("filesystem_read", "filesystem_write", "filesystem_delete", "read_only");
    signal.throwIfAborted();
    reads.begin(lastSeq);
    return parsePath(path);
  };
  const fullPath = (components: readonly string[]): string => [...prefix, ...components].join("/");
  const open = (path: string): { readonly fd: number; readonly full: string } => {
    const components = begin(path);
    const full = fullPath(components);
    try {
      using parent = walkDown(directory, components.slice(0, -1));
      return { fd: openFile(parent, components.at(-1) ?? ".", path), full };
    } catch (error) {
      // That nothing is there is something that a run goes by.
      if (isMissing(error)) reads.remember(full, ABSENT_MARK);
      throw error;
    }
  };

  return {
    async read(path, { maxBytes: limit = maxBytes } = {}) {
      const { fd, full } = open(path);
      try {
        const { size } = fstatSync(fd);
        if (size > limit)
          throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" has ${size} bytes; at most ${limit} are read.`);
        const mark = size <= MAX_HASHED_BYTES ? undefined : markOfOpen(fd);
        const content = readFileSync(fd);
        reads.remember(full, mark ?? sha256(content));
        return content;
      } finally {
        closeSync(fd);
      }
    },
    async *readChunks(path) {
      const { fd, full } = open(path);
      try {
        reads.remember(full, markOfOpen(fd));
        for await (const chunk of chunksOf(fd)) {
          signal.throwIfAborted();
          yield chunk;
        }
      } finally {
        closeSync(fd);
      }
    },
    async stat(path) {
      const components = begin(path);
      const stat = statPath(directory, components);
      if (stat === undefined) reads.remember(fullPath(components), ABSENT_MARK);
      return stat;
    },
    async list(path) {
      const components = begin(path);
      using target = walkDown(directory, components);
      return listEntries(target, components.join("/"), components.length === 0 ? hidden : new Set());
    },
    async *walk(path) {
      const components = begin(path);
      using target = walkDown(directory, components);
      for await (const entry of walkEntries(target, components.join("/"), hidden)) {
        signal.throwIfAborted();
        yield entry;
      }
    },
  };
}

function statPath(directory: Directory, components: readonly string[]): FileStat | undefined {
  let parent: Directory;
  try {
    parent = walkDown(directory, components.slice(0, -1));
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
  using held = parent;
  const stat = lstat(held, components.at(-1) ?? ".");
  if (stat === undefined) return undefined;
  return { kind: kindOf(stat), size: stat.size, mode: stat.mode & 0o7777, mtimeMs: stat.mtimeMs };
}
