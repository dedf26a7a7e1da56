import { createHash } from "node:crypto";

import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem, FileToWrite, WriteOptions } from "../contract/handler.ts";
import { checkWritable, parsePath, refused } from "./path.ts";
import type { PlannedFilesOptions } from "./planned-files.ts";
import type { PlannedDirectory, PlannedFile, PlannedNode } from "./planned-tree.ts";

type Effects = Pick<FileSystem, "write" | "writeMany" | "makeDir" | "remove" | "move" | "copy">;

type Target = { readonly given: string; readonly components: readonly string[]; readonly full: string };

/** What comes to lie at a path; null for nothing. `ifMissing`: a directory that may be there by then. */
type Put = {
  readonly components: readonly string[];
  readonly node: PlannedNode | null;
  readonly ifMissing?: true;
};

let turns = 0;

/** The changing half of a plan's files. Each one checks what the real effect checks, in the same order, and then puts its result into the tree at once. */
export function createPlannedEffects(options: PlannedFilesOptions): Effects {
  const { require, onRead } = options;
  return {
    async writeMany(files, writeOptions) {
      require("filesystem_write");
      return writeMany(options, files, writeOptions);
    },
    async write(path, data, writeOptions) {
      require("filesystem_write");
      const [written] = await writeMany(options, [{ path, data }], writeOptions);
      return written ?? { size: 0, hash: "" };
    },
    async makeDir(path, { parents = false, existOk = false } = {}) {
      require("filesystem_write");
      const target = targetOf(options, path);
      return locked(options, [target], async () => makeDir(options, target, parents, existOk));
    },
    async remove(path, { recursive = false } = {}) {
      require("filesystem_delete");
      const target = targetOf(options, path);
      await locked(options, [target], async () => remove(options, target, recursive));
    },
    async move(source, destination, { overwrite = false } = {}) {
      require("filesystem_write");
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
      require("filesystem_write");
      const [from, to] = [sourceOf(options, source), targetOf(options, destination)];
      checkApart(from, to);
      onRead();
      await locked(options, [to], async () => {
        const parent = options.tree.directory(from.components.slice(0, -1));
        checkReplaceable(options, to, overwrite);
        const node = options.tree.child(parent, nameOf(from));
        if (node === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${from.given}" does not exist.`);
        perform(options, [
          { components: to.components, node: options.tree.copy(node, from.given, options.now()) },
        ]);
      });
    },
  };
}

async function writeMany(
  options: PlannedFilesOptions,
  files: readonly FileToWrite[],
  { createDirs = false, overwrite = true }: WriteOptions = {},
): Promise<{ size: number; hash: string }[]> {
  const targets = files.map(({ path }) => targetOf(options, path));
  return locked(options, targets, async () => {
    const puts: Put[] = [];
    const directories = new Set<string>();
    const written = new Set<string>();
    const results: { size: number; hash: string }[] = [];
    for (const [index, { data, mode }] of files.entries()) {
      const target = targets[index] as Target;
      if (written.has(target.full))
        throw new RuntimeError("INPUT_INVALID", `"${target.given}" is written twice at once.`);
      written.add(target.full);
      if (createDirs) puts.push(...missingParents(options, target, directories));
      const present = isMade(puts, target) ? undefined : whatIsThere(options, target, overwrite);
      const bytes = await collect(options, data);
      const file = newFile(options, bytes, present?.kind === "file" ? present.mode : mode);
      puts.push({ components: target.components, node: file });
      results.push({ size: bytes.length, hash: createHash("sha256").update(bytes).digest("hex") });
    }
    perform(options, puts);
    return results;
  });
}

/** Whether the target's directory is one that this very effect makes. */
function isMade(puts: readonly Put[], { components }: Target): boolean {
  const directory = components.slice(0, -1).join("/");
  return puts.some((put) => put.ifMissing === true && put.components.join("/") === directory);
}

function whatIsThere(
  options: PlannedFilesOptions,
  target: Target,
  overwrite: boolean,
): PlannedNode | undefined {
  const present = lookAtName(options, target);
  if (present?.kind === "dir") throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" is a directory.`);
  if (present?.kind === "link") throw refused(target.given, "is a link; links are not followed");
  if (present !== undefined && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" exists.`);
  return present;
}

async function collect({ tree, maxBytes }: PlannedFilesOptions, data: FileToWrite["data"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of typeof data === "string"
    ? [Buffer.from(data)]
    : data instanceof Uint8Array
      ? [data]
      : data) {
    size += chunk.length;
    if (size > maxBytes)
      throw new RuntimeError("LIMIT_EXCEEDED", `The content is larger than ${maxBytes} bytes.`);
    tree.reserve(0, chunk.length);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function newFile({ tree, now }: PlannedFilesOptions, bytes: Buffer, mode = 0o644): PlannedFile {
  tree.reserve(1, 0);
  return { kind: "file", origin: null, bytes, size: bytes.length, mode: mode & 0o777, mtimeMs: now() };
}

function newDirectory({ tree, now }: PlannedFilesOptions, components: readonly string[]): Put {
  tree.reserve(1, 0);
  const node = {
    kind: "dir",
    origin: null,
    entries: new Map<string, PlannedNode>(),
    size: 0,
    mode: 0o755,
    mtimeMs: now(),
  } as const;
  return { components, node, ifMissing: true };
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

/** Mirrors the real `missingParents`. @throws PATH_REFUSED through a link, ALREADY_EXISTS through a file */
function missingParents(options: PlannedFilesOptions, target: Target, known: Set<string>): Put[] {
  const { tree, prefix } = options;
  const puts: Put[] = [];
  const above = target.components.slice(0, -1);
  for (const [depth, name] of above.entries()) {
    const components = above.slice(0, depth + 1);
    const path = [...prefix, ...components].join("/");
    if (known.has(path)) continue;
    known.add(path);
    const parent = puts.length > 0 ? undefined : directoryIfThere(options, above.slice(0, depth));
    const node = parent && tree.child(parent, name);
    if (node?.kind === "link")
      throw refused(target.given, `leads through the link ${name}; links are not followed`);
    if (node !== undefined && node.kind !== "dir")
      throw new RuntimeError("ALREADY_EXISTS", `"${path}" is a file, not a directory.`);
    if (node === undefined) puts.push(newDirectory(options, components));
  }
  return puts;
}

function directoryIfThere(
  { tree }: PlannedFilesOptions,
  components: readonly string[],
): PlannedDirectory | undefined {
  try {
    return tree.directory(components);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** What lies at a target, with all that is in it. @throws PATH_REFUSED, OS_PERMISSION, FILE_NOT_FOUND for a missing parent */
function look(options: PlannedFilesOptions, target: Target): PlannedNode | undefined {
  const node = options.tree.child(options.tree.directory(target.components.slice(0, -1)), nameOf(target));
  if (node !== undefined) options.tree.check(node, target.full);
  return node;
}

/** The same, where a directory counts as a name alone. */
function lookAtName(options: PlannedFilesOptions, target: Target): PlannedNode | undefined {
  const node = options.tree.child(options.tree.directory(target.components.slice(0, -1)), nameOf(target));
  if (node !== undefined && node.kind !== "dir") options.tree.check(node, target.full);
  return node;
}

function checkReplaceable(options: PlannedFilesOptions, to: Target, overwrite: boolean): void {
  if (look(options, to) !== undefined && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${to.given}" exists.`);
}

function perform({ tree, signal }: PlannedFilesOptions, puts: readonly Put[]): void {
  signal.throwIfAborted();
  for (const { components, node, ifMissing = false } of puts) {
    const present = ifMissing
      ? tree.child(tree.directory(components.slice(0, -1)), components.at(-1) ?? "")
      : undefined;
    if (present?.kind === "dir") continue;
    if (present !== undefined) throw new RuntimeError("ALREADY_EXISTS", `"${components.at(-1)}": EEXIST`);
    tree.put(components, node);
  }
}

/** While it works nobody else in the plan changes the paths. */
function locked<Result>(
  options: PlannedFilesOptions,
  targets: readonly Target[],
  work: () => Promise<Result>,
): Promise<Result> {
  const turn = `turn-${turns++}`;
  return options.tree.track(
    lockAndWork(options, turn, [...new Set(targets.map(({ full }) => full))].sort(), work),
  );
}

async function lockAndWork<Result>(
  { tree: { locks }, signal }: PlannedFilesOptions,
  turn: string,
  paths: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  await locks.acquire(turn, paths, signal);
  try {
    return await work();
  } finally {
    locks.releaseAll(turn);
  }
}

function targetOf(options: PlannedFilesOptions, path: string): Target {
  const target = sourceOf(options, path);
  checkWritable(target.components);
  return target;
}

function sourceOf({ prefix }: PlannedFilesOptions, path: string): Target {
  const components = parsePath(path);
  if (components.length === 0) throw refused(path, "is the directory of the run itself");
  return { given: path, components, full: [...prefix, ...components].join("/") };
}

function nameOf({ components }: Target): string {
  return components.at(-1) ?? "";
}

function checkApart(from: Target, to: Target): void {
  if (from.full === to.full)
    throw new RuntimeError("INPUT_INVALID", `Source and destination are the same: "${from.given}".`);
  if (to.full.startsWith(`${from.full}/`))
    throw new RuntimeError("INPUT_INVALID", `"${to.given}" lies inside "${from.given}".`);
  if (from.full.startsWith(`${to.full}/`))
    throw new RuntimeError("INPUT_INVALID", `"${from.given}" lies inside "${to.given}".`);
}
