import { readFileSync, rmSync } from "node:fs";

import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem, FileToWrite, WriteOptions } from "../contract/handler.ts";
import type { Change, Image } from "../contract/image.ts";
import { carryOut, observePath } from "./carry-out.ts";
import type { FileOp, FilesOptions } from "./files.ts";
import { listNames } from "./list.ts";
import { markOf } from "./observe.ts";
import { checkWritable, parsePath, refused } from "./path.ts";
import { type Staged, stageCopy, stageFile } from "./stage.ts";
import { lstat, walkDown } from "./walk.ts";

type FileEffects = Pick<FileSystem, "write" | "writeMany" | "makeDir" | "remove" | "move" | "copy">;

const ABSENT: Image = { kind: "absent" };
const MAX_MERGE_BYTES = 256 * 1024;

/**
 * The changing half of `ctx.fs`. Every effect takes the same way: lock its paths, build what is new aside, look at
 * what is there and keep it, make the intent durable, and only then rename into place.
 */
export function createFileEffects(options: FilesOptions): FileEffects {
  const { workspace, directory, prefix, run, maxBytes, signal, require, intend } = options;

  const target = (path: string): Target => {
    const components = parsePath(path);
    if (components.length === 0) throw refused(path, "is the directory of the run itself");
    checkWritable(components);
    return { given: path, components, full: [...prefix, ...components].join("/") };
  };

  /** Runs `effect` while the run holds the paths against others and the effect holds them inside the run. */
  const holding = async <Result>(targets: readonly Target[], effect: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted();
    const paths = [...new Set(targets.map(({ full }) => full))].sort();
    await workspace.leases.acquire(run, paths, signal);
    const turn = `${run}#${turns++}`;
    await workspace.effects.acquire(turn, paths, signal);
    try {
      return await effect();
    } finally {
      workspace.effects.releaseAll(turn);
    }
  };

  const perform = async (op: FileOp, changes: readonly Change[], staged: ReadonlyMap<string, Staged>): Promise<void> => {
    const marks = changes.map(({ path }) => markAt(path));
    await Promise.all([intend(op, changes), ...[...staged.values()].map(({ synced }) => synced)]);
    for (const [index, { path }] of changes.entries())
      if (markAt(path) !== marks[index])
        throw new RuntimeError("LEASE_CONFLICT", `"${path}" was changed by another process at the same moment.`, { details: { path } });
    await carryOut(workspace, changes, new Map([...staged].map(([path, { name }]) => [path, name])));
  };

  const markAt = (path: string): string => {
    const components = path.split("/");
    try {
      using parent = walkDown(workspace.root, components.slice(0, -1));
      return markOf(parent, components.at(-1) ?? "");
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return "absent";
      throw error;
    }
  };

  /** An undo can merge with a later foreign edit only if it knows what was written. */
  const keepForMerge = async ({ name, image }: Staged): Promise<void> => {
    if (image.kind !== "file" || image.size > MAX_MERGE_BYTES) return;
    await workspace.blobs.keepBytes(readFileSync(workspace.staging.at(name)));
  };

  const discard = (staged: Iterable<Staged>): void => {
    for (const { name } of staged) rmSync(workspace.staging.at(name), { recursive: true, force: true });
  };

  /** The directories above a path that are not there yet, as changes. */
  const missingParents = (of: Target, known: Set<string>): Change[] => {
    const changes: Change[] = [];
    for (let depth = 1; depth < of.components.length; depth++) {
      const path = [...prefix, ...of.components.slice(0, depth)].join("/");
      if (known.has(path)) continue;
      using parent = openIfThere(of.components.slice(0, depth - 1));
      const name = of.components[depth - 1] ?? "";
      const stat = parent === undefined ? undefined : lstat(parent, name);
      if (stat?.isSymbolicLink() === true) throw refused(of.given, `leads through the link ${name}; links are not followed`);
      if (stat?.isDirectory() === false) throw new RuntimeError("ALREADY_EXISTS", `"${path}" is a file, not a directory.`);
      known.add(path);
      if (stat === undefined) changes.push({ path, before: ABSENT, after: { kind: "dir", mode: 0o755, mtimeNs: "0" } });
    }
    return changes;
  };

  const openIfThere = (components: readonly string[]) => {
    try {
      return walkDown(directory, components);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return undefined;
      throw error;
    }
  };

  const writeMany = async (files: readonly FileToWrite[], { overwrite = true, createDirs = false }: WriteOptions = {}) => {
    require("filesystem_write");
    const targets = files.map(({ path }) => target(path));
    return holding(targets, async () => {
      const staged = new Map<string, Staged>();
      const changes: Change[] = [];
      const known = new Set<string>();
      try {
        for (const [index, file] of files.entries()) {
          const of = targets[index] as Target;
          if (staged.has(of.full)) throw new RuntimeError("INPUT_INVALID", `"${of.given}" is written twice at once.`);
          if (createDirs) changes.push(...missingParents(of, known));
          else walkDown(directory, of.components.slice(0, -1))[Symbol.dispose]();
          const before = await observePath(workspace, of.full, { keep: workspace.blobs });
          if (before.kind === "dir") throw new RuntimeError("ALREADY_EXISTS", `"${of.given}" is a directory.`);
          if (before.kind === "link") throw refused(of.given, "is a link; links are not followed");
          if (before.kind !== "absent" && !overwrite) throw new RuntimeError("ALREADY_EXISTS", `"${of.given}" exists.`);
          const mode = before.kind === "file" ? before.mode : file.mode;
          const made = await stageFile(workspace.staging, file.data, mode, maxBytes);
          staged.set(of.full, made);
          if (before.kind === "file") await keepForMerge(made);
          changes.push({ path: of.full, before, after: made.image });
        }
        await perform("write", changes, staged);
        return targets.map(({ full }) => written(staged.get(full)?.image ?? ABSENT));
      } catch (error) {
        await Promise.allSettled([...staged.values()].map(({ synced }) => synced));
        discard(staged.values());
        throw error;
      }
    });
  };

  return {
    writeMany,
    async write(path, data, writeOptions) {
      const [result] = await writeMany([{ path, data }], writeOptions);
      return result ?? { size: 0, hash: "" };
    },
    async makeDir(path, { parents = false, existOk = false } = {}) {
      require("filesystem_write");
      const of = target(path);
      return holding([of], async () => {
        const present = await observePath(workspace, of.full, {});
        if (present.kind !== "absent" && !(present.kind === "dir" && existOk))
          throw new RuntimeError("ALREADY_EXISTS", `"${path}" exists${present.kind === "dir" ? "" : " and is no directory"}.`);
        if (present.kind === "dir") return false;
        if (!parents) walkDown(directory, of.components.slice(0, -1))[Symbol.dispose]();
        const above = parents ? missingParents(of, new Set()) : [];
        const change: Change = { path: of.full, before: ABSENT, after: { kind: "dir", mode: 0o755, mtimeNs: "0" } };
        await perform("make-dir", [...above, change], new Map());
        return true;
      });
    },
    async remove(path, { recursive = false } = {}) {
      require("filesystem_delete");
      const of = target(path);
      await holding([of], async () => {
        const before = await observePath(workspace, of.full, { keep: workspace.blobs, deep: true });
        if (before.kind === "absent") throw new RuntimeError("FILE_NOT_FOUND", `"${path}" does not exist.`);
        if (before.kind === "tree" && !recursive && !isEmpty(of.components))
          throw new RuntimeError("INPUT_INVALID", `"${path}" is a directory that is not empty; pass recursive: true.`);
        await perform("remove", [{ path: of.full, before, after: ABSENT }], new Map());
      });
    },
    async move(source, destination, { overwrite = false } = {}) {
      require("filesystem_write");
      const [from, to] = [target(source), target(destination)];
      checkApart(from, to);
      await holding([from, to], async () => {
        const moved = await observePath(workspace, from.full, { deep: true });
        if (moved.kind === "absent") throw new RuntimeError("FILE_NOT_FOUND", `"${source}" does not exist.`);
        const replaced = await replacedBy(to, overwrite);
        await perform(
          "move",
          [
            { path: to.full, before: replaced, after: moved, movedFrom: from.full },
            { path: from.full, before: moved, after: ABSENT },
          ],
          new Map(),
        );
      });
    },
    async copy(source, destination, { overwrite = false } = {}) {
      require("filesystem_write");
      const from = parsePath(source);
      if (from.length === 0) throw refused(source, "is the directory of the run itself");
      const to = target(destination);
      checkApart({ given: source, components: from, full: [...prefix, ...from].join("/") }, to);
      await holding([to], async () => {
        using parent = walkDown(directory, from.slice(0, -1));
        const replaced = await replacedBy(to, overwrite);
        const staged = await stageCopy(workspace.staging, parent, from.at(-1) ?? "", source);
        try {
          await perform("copy", [{ path: to.full, before: replaced, after: staged.image }], new Map([[to.full, staged]]));
        } catch (error) {
          discard([staged]);
          throw error;
        }
      });
    },
  };

  async function replacedBy(to: Target, overwrite: boolean): Promise<Image> {
    walkDown(directory, to.components.slice(0, -1))[Symbol.dispose]();
    const present = await observePath(workspace, to.full, { keep: workspace.blobs, deep: true });
    if (present.kind !== "absent" && !overwrite) throw new RuntimeError("ALREADY_EXISTS", `"${to.given}" exists.`);
    return present;
  }

  function isEmpty(components: readonly string[]): boolean {
    using inner = walkDown(directory, components);
    return listNames(inner).length === 0;
  }
}

let turns = 0;

type Target = {
  /** As the caller wrote it, for messages. */
  readonly given: string;
  /** Below the run's directory. */
  readonly components: readonly string[];
  /** Below the workspace root: what locks, changes and the ledger name. */
  readonly full: string;
};

function checkApart(from: Target, to: Target): void {
  if (from.full === to.full) throw new RuntimeError("INPUT_INVALID", `Source and destination are the same: "${from.given}".`);
  if (to.full.startsWith(`${from.full}/`)) throw new RuntimeError("INPUT_INVALID", `"${to.given}" lies inside "${from.given}".`);
  if (from.full.startsWith(`${to.full}/`)) throw new RuntimeError("INPUT_INVALID", `"${from.given}" lies inside "${to.given}".`);
}

function written(image: Image): { size: number; hash: string } {
  return image.kind === "file" ? { size: image.size, hash: image.hash } : { size: 0, hash: "" };
}
