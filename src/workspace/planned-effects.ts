import { RuntimeError } from "../contract/errors.ts";
import { checkApart } from "./not-nested.ts";
import type { FileSystem } from "../contract/handler.ts";
import {
  locked,
  look,
  lookAtName,
  missingParents,
  nameOf,
  newDirectory,
  perform,
  sourceOf,
  type Target,
  targetOf,
} from "./planned-effect.ts";
import type { PlannedFilesOptions } from "./planned-files.ts";
import { writeManyPlanned } from "./planned-write.ts";

type Effects = Pick<FileSystem, "write" | "writeMany" | "makeDir" | "remove" | "move" | "copy">;

/**
 * The changing half of a plan's files. Each one checks what the real effect checks, in the same order, and then puts
 * its result into the tree at once.
 */
export function createPlannedEffects(options: PlannedFilesOptions): Effects {
  const { needs, onRead } = options;
  return {
    async writeMany(files, writeOptions) {
      needs("filesystem_write");
      return writeManyPlanned(options, files, writeOptions);
    },
    async write(path, data, writeOptions) {
      needs("filesystem_write");
      const [written] = await writeManyPlanned(options, [{ path, data }], writeOptions);
      return written ?? { size: 0, hash: "" };
    },
    async makeDir(path, { parents = false, existOk = false } = {}) {
      needs("filesystem_write");
      const target = targetOf(options, path);
      return locked(options, [target], async () => makeDir(options, target, parents, existOk));
    },
    async remove(path, { recursive = false } = {}) {
      needs("filesystem_delete");
      const target = targetOf(options, path);
      await locked(options, [target], async () => remove(options, target, recursive));
    },
    async move(source, destination, { overwrite = false } = {}) {
      needs("filesystem_write");
      const [from, to] = [targetOf(options, source), targetOf(options, destination)];
      checkApart(from, to);
      onRead();
      await locked(options, [from, to], async () => {
        const moved = look(options, from);
        if (moved === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${from.given}" does not exist.`);
        checkReplaceable(options, to, overwrite);
        perform(options, [
          { components: to.components, node: moved },
          { components: from.components, node: null },
        ]);
      });
    },
    async copy(source, destination, { overwrite = false } = {}) {
      needs("filesystem_write");
      const [from, to] = [sourceOf(options, source), targetOf(options, destination)];
      checkApart(from, to);
      onRead();
      await locked(options, [to], async () => {
        const parent = options.tree.directory(from.components.slice(0, -1));
        checkReplaceable(options, to, overwrite);
        const node = options.tree.child(parent, nameOf(from));
        if (node === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${from.given}" does not exist.`);
        perform(options, [
          {
            components: to.components,
            node: options.tree.copy(node, from.given, options.now(), { bytes: options.maxBytes }),
          },
        ]);
      });
    },
  };
}

function makeDir(options: PlannedFilesOptions, target: Target, parents: boolean, existOk: boolean): boolean {
  const above = parents ? missingParents(options, target, new Set()) : [];
  const present = above.length > 0 ? undefined : lookAtName(options, target);
  if (present?.kind === "dir" && existOk) return false;
  if (present !== undefined)
    throw new RuntimeError(
      "ALREADY_EXISTS",
      `"${target.given}" exists${present.kind === "dir" ? "" : " and is no directory"}.`,
    );
  perform(options, [...above, newDirectory(options, target.components)]);
  return true;
}

function remove(options: PlannedFilesOptions, target: Target, recursive: boolean): void {
  const present = look(options, target);
  if (present === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${target.given}" does not exist.`);
  if (present.kind === "dir" && !recursive && options.tree.children(present, target.given).length > 0)
    throw new RuntimeError(
      "INPUT_INVALID",
      `"${target.given}" is a directory that is not empty; pass recursive: true.`,
    );
  perform(options, [{ components: target.components, node: null }]);
}

function checkReplaceable(options: PlannedFilesOptions, to: Target, overwrite: boolean): void {
  if (look(options, to) !== undefined && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${to.given}" exists.`);
}
