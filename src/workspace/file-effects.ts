import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem } from "../contract/handler.ts";
import type { Change, Image } from "../contract/image.ts";
import { Effect, nameOf, type Target, targetOf } from "./effect.ts";
import type { FilesOptions } from "./files-options.ts";
import { listNames } from "./list.ts";
import { checkApart } from "./not-nested.ts";
import { missingParents, newDirectory } from "./missing-parents.ts";
import { ABSENT } from "./observe.ts";
import { parsePath, refused } from "./path.ts";
import { type Staged, stageCopy } from "./stage.ts";
import { walkDown } from "./walk.ts";
import { writeMany } from "./write-many.ts";

type FileEffects = Pick<FileSystem, "write" | "writeMany" | "makeDir" | "remove" | "move" | "copy">;

/**
 * The changing half of `ctx.fs`. Every effect takes the same way: lock its paths, build what is new aside, look at
 * what is there and keep it, make the intent durable, and only then rename into place.
 */
export function createFileEffects(options: FilesOptions): FileEffects {
  const { needs } = options;
  return {
    async writeMany(files, writeOptions) {
      needs("filesystem_write");
      return writeMany(options, files, writeOptions);
    },
    async write(path, data, writeOptions) {
      needs("filesystem_write");
      const [written] = await writeMany(options, [{ path, data }], writeOptions);
      return written ?? { size: 0, hash: "" };
    },
    async makeDir(path, { parents = false, existOk = false } = {}) {
      needs("filesystem_write");
      return makeDir(options, targetOf(options, path), parents, existOk);
    },
    async remove(path, { recursive = false } = {}) {
      needs("filesystem_delete");
      await remove(options, targetOf(options, path), recursive);
    },
    async move(source, destination, { overwrite = false } = {}) {
      needs("filesystem_write");
      await move(options, targetOf(options, source), targetOf(options, destination), overwrite);
    },
    async copy(source, destination, { overwrite = false } = {}) {
      needs("filesystem_write");
      await copy(options, sourceOf(options, source), targetOf(options, destination), overwrite);
    },
  };
}

async function makeDir(
  options: FilesOptions,
  target: Target,
  parents: boolean,
  existOk: boolean,
): Promise<boolean> {
  using effect = await Effect.open(options, [target]);
  const above = parents ? missingParents(options, target, new Set()) : [];
  const present = above.length > 0 ? effect.nothing(target) : await effect.look(target, {});
  if (present.kind === "dir" && existOk) return false;
  if (present.kind !== "absent")
    throw new RuntimeError(
      "ALREADY_EXISTS",
      `"${target.given}" exists${present.kind === "dir" ? "" : " and is no directory"}.`,
    );
  await effect.perform("make-dir", [...above, newDirectory(target.full)]);
  return true;
}

async function remove(options: FilesOptions, target: Target, recursive: boolean): Promise<void> {
  using effect = await Effect.open(options, [target]);
  const before = await effect.look(target, { keep: options.workspace.blobs, deep: true });
  if (before.kind === "absent") throw new RuntimeError("FILE_NOT_FOUND", `"${target.given}" does not exist.`);
  if (before.kind === "tree" && !recursive) {
    using inner = walkDown(effect.parentOf(target), [nameOf(target)]);
    if (listNames(inner).length > 0)
      throw new RuntimeError(
        "INPUT_INVALID",
        `"${target.given}" is a directory that is not empty; pass recursive: true.`,
      );
  }
  await effect.perform("remove", [{ path: target.full, before, after: ABSENT }]);
}

async function move(options: FilesOptions, from: Target, to: Target, overwrite: boolean): Promise<void> {
  checkApart(from, to);
  using effect = await Effect.open(options, [from, to]);
  const moved = await effect.look(from, { deep: true });
  if (moved.kind === "absent") throw new RuntimeError("FILE_NOT_FOUND", `"${from.given}" does not exist.`);
  const changes: Change[] = [
    {
      path: to.full,
      before: await replaced(options, effect, to, overwrite),
      after: moved,
      movedFrom: from.full,
    },
    { path: from.full, before: moved, after: ABSENT },
  ];
  await effect.perform("move", changes);
}

async function copy(options: FilesOptions, from: Target, to: Target, overwrite: boolean): Promise<void> {
  checkApart(from, to);
  using effect = await Effect.open(options, [to]);
  using source = walkDown(options.directory, from.components.slice(0, -1));
  const before = await replaced(options, effect, to, overwrite);
  const staged: Staged = await stageCopy(
    options.workspace.staging,
    source,
    nameOf(from),
    from.given,
    options.maxBytes,
  );
  try {
    await effect.perform(
      "copy",
      [{ path: to.full, before, after: staged.image }],
      new Map([[to.full, staged]]),
    );
  } catch (error) {
    await effect.discard([staged]);
    throw error;
  }
}

/** What a move or a copy is going to replace, kept. */
async function replaced(
  { workspace }: FilesOptions,
  effect: Effect,
  to: Target,
  overwrite: boolean,
): Promise<Image> {
  const present = await effect.look(to, { keep: workspace.blobs, deep: true });
  if (present.kind !== "absent" && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${to.given}" exists.`);
  return present;
}

/** What is only read may be protected against writing. */
function sourceOf({ prefix }: FilesOptions, path: string): Target {
  const components = parsePath(path);
  if (components.length === 0) throw refused(path, "is the directory of the run itself");
  return { given: path, components, full: [...prefix, ...components].join("/") };
}
