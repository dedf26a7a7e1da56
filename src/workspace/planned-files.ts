import type { SideEffect } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem } from "../contract/handler.ts";
import { parsePath, refused, STATE_DIRECTORY } from "./path.ts";
import { createPlannedEffects } from "./planned-effects.ts";
import { type PlannedDirectory, type PlannedFile, type PlannedTree, statOf } from "./planned-tree.ts";

export type PlannedFilesOptions = {
  /** Shared by all steps of a plan, so that a later one sees what an earlier one would have done. */
  readonly tree: PlannedTree;
  /** Path of the run's directory below the workspace root. */
  readonly prefix: readonly string[];
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told whenever what lies there is read, listed, copied or moved. */
  readonly onRead: () => void;
  /** Refuses what the contract does not declare. @throws EFFECT_UNDECLARED */
  readonly needs: (...anyOf: readonly SideEffect[]) => void;
};

/** The files of one step of a plan: the same results and errors as `createFiles`, and nothing on the disk changes. */
export function createPlannedFiles(options: PlannedFilesOptions): FileSystem {
  return { ...createPlannedReads(options), ...createPlannedEffects(options) };
}

type Reads = Pick<FileSystem, "read" | "readChunks" | "stat" | "list" | "walk">;

function createPlannedReads({ tree, prefix, maxBytes, signal, onRead, needs }: PlannedFilesOptions): Reads {
  const hidden = new Set(prefix.length === 0 ? [STATE_DIRECTORY] : []);
  const begin = (path: string): readonly string[] => {
    needs("filesystem_read", "filesystem_write", "filesystem_delete", "read_only");
    signal.throwIfAborted();
    onRead();
    return parsePath(path);
  };
  async function* walk(components: readonly string[]): ReturnType<Reads["walk"]> {
    for (const entry of tree.entriesOf(tree.directory(components), components.join("/"), hidden)) {
      signal.throwIfAborted();
      yield entry;
      if (entry.kind === "dir") yield* walk([...components, entry.name]);
    }
  }

  return {
    async read(path, { maxBytes: limit = maxBytes } = {}) {
      const file = fileAt(tree, begin(path), path);
      if (file.size > limit)
        throw new RuntimeError(
          "LIMIT_EXCEEDED",
          `"${path}" has ${file.size} bytes; at most ${limit} are read.`,
        );
      return tree.content(file, path);
    },
    async *readChunks(path) {
      for await (const chunk of tree.chunks(fileAt(tree, begin(path), path), path)) {
        signal.throwIfAborted();
        yield chunk;
      }
    },
    async stat(path) {
      const components = begin(path);
      const parent = parentIfThere(tree, components.slice(0, -1));
      const name = components.at(-1);
      if (parent === undefined || name === undefined) return parent && statOf(parent);
      const node = tree.child(parent, name);
      return node && statOf(node);
    },
    async list(path) {
      const components = begin(path);
      return [
        ...tree.entriesOf(
          tree.directory(components),
          components.join("/"),
          components.length === 0 ? hidden : new Set(),
        ),
      ];
    },
    async *walk(path) {
      yield* walk(begin(path));
    },
  };
}

/** @throws FILE_NOT_FOUND, PATH_REFUSED, OS_PERMISSION, as opening the file would */
function fileAt(tree: PlannedTree, components: readonly string[], path: string): PlannedFile {
  const parent = tree.directory(components.slice(0, -1));
  const name = components.at(-1);
  const node = name === undefined ? parent : tree.child(parent, name);
  if (node === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${path}": ENOENT`);
  if (node.kind === "link") throw refused(path, "is a link; links are not followed");
  if (node.kind === "dir") throw new RuntimeError("FILE_NOT_FOUND", `"${path}" is a directory, not a file.`);
  tree.check(node, path);
  return node;
}

function parentIfThere(tree: PlannedTree, components: readonly string[]): PlannedDirectory | undefined {
  try {
    return tree.directory(components);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
}
