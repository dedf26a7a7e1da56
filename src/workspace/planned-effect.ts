import { RuntimeError } from "../contract/errors.ts";
import { checkWritable, parsePath, refused } from "./path.ts";
import type { PlannedFilesOptions } from "./planned-files.ts";
import type { PlannedDirectory, PlannedNode } from "./planned-tree.ts";

/** A path that a change is about: as the caller wrote it, below the run's directory, and below the workspace root. */
export type Target = {
  readonly given: string;
  readonly components: readonly string[];
  readonly full: string;
};

/** What comes to lie at a path; null for nothing. `ifMissing`: a directory that may be there by then. */
export type Put = {
  readonly components: readonly string[];
  readonly node: PlannedNode | null;
  readonly ifMissing?: true;
};

let turns = 0;

/** Puts everything into the tree at once. @throws FILE_NOT_FOUND, ALREADY_EXISTS; the reason of the signal where it was aborted */
export function perform({ tree, signal }: PlannedFilesOptions, puts: readonly Put[]): void {
  signal.throwIfAborted();
  for (const { components, node, ifMissing = false } of puts) {
    const name = String(components.at(-1));
    const present = ifMissing ? tree.child(tree.directory(components.slice(0, -1)), name) : undefined;
    if (present?.kind === "dir") continue;
    if (present !== undefined) throw new RuntimeError("ALREADY_EXISTS", `"${name}": EEXIST`);

    tree.put(components, node);
  }
}

/** While it works nobody else in the plan changes the paths. */
export function locked<Result>(
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

/** @throws PATH_REFUSED, also for what is protected against change */
export function targetOf(options: PlannedFilesOptions, path: string): Target {
  const target = sourceOf(options, path);
  checkWritable([...options.prefix, ...target.components]);
  return target;
}

/** The same of what is only read. @throws PATH_REFUSED */
export function sourceOf({ prefix }: PlannedFilesOptions, path: string): Target {
  const components = parsePath(path);
  if (components.length === 0) throw refused(path, "is the directory of the run itself");
  return { given: path, components, full: [...prefix, ...components].join("/") };
}

export function nameOf({ full }: Target): string {
  return full.slice(full.lastIndexOf("/") + 1);
}

/** What lies at a target, with all that is in it. @throws PATH_REFUSED, OS_PERMISSION, FILE_NOT_FOUND for a missing parent */
export function look(options: PlannedFilesOptions, target: Target): PlannedNode | undefined {
  const node = options.tree.child(options.tree.directory(target.components.slice(0, -1)), nameOf(target));
  if (node !== undefined) options.tree.check(node, target.full);
  return node;
}

/** The same, where a directory counts as a name alone. */
export function lookAtName(options: PlannedFilesOptions, target: Target): PlannedNode | undefined {
  const node = options.tree.child(options.tree.directory(target.components.slice(0, -1)), nameOf(target));
  if (node !== undefined && node.kind !== "dir") options.tree.check(node, target.full);
  return node;
}

/** Mirrors the real `missingParents`. @throws PATH_REFUSED through a link, ALREADY_EXISTS through a file */
export function missingParents(options: PlannedFilesOptions, target: Target, known: Set<string>): Put[] {
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

/** @throws LIMIT_EXCEEDED where a plan would hold more than it may */
export function newDirectory({ tree, now }: PlannedFilesOptions, components: readonly string[]): Put {
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
