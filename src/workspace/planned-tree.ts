import { closeSync, readFileSync, readlinkSync, type Stats } from "node:fs";

import { RuntimeError } from "../contract/errors.ts";
import type { DirEntry, FileStat } from "../contract/handler.ts";
import { chunksOf } from "./durable.ts";
import { kindOf, listNames } from "./list.ts";
import { refused } from "./path.ts";
import { PathLocks } from "./path-locks.ts";
import { type Directory, lstat, openFile, walkDown } from "./walk.ts";

type Common = { readonly size: number; readonly mode: number; readonly mtimeMs: number };

/** Where a thing really lies below the run's directory. */
type Origin = readonly string[];

/** A file that really lies there, or one that only the plan has. */
export type PlannedFile = Common & { readonly kind: "file" } & (
    | { readonly origin: Origin; readonly bytes: null }
    | { readonly origin: null; readonly bytes: Buffer }
  );
type PlannedLink = Common & { readonly kind: "link"; readonly target: string };
type PlannedOther = Common & { readonly kind: "other"; readonly origin: Origin };
export type PlannedDirectory = Common & {
  readonly kind: "dir";
  /** Null for one that only the plan has. */
  readonly origin: Origin | null;
  /** What the plan put over the real entries; null for one that it took away. */
  readonly entries: ReadonlyMap<string, PlannedNode | null>;
};
export type PlannedNode = PlannedFile | PlannedDirectory | PlannedLink | PlannedOther;

const LOCK_WAIT_MS = 30_000;
const NODE_BYTES = 512;
const NO_ENTRIES: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * A directory as a plan sees it: the real one, which is only read, under the changes that the plan made in memory.
 * A state of it is a value: `root` stays as it is whatever is put afterwards.
 */
export class PlannedTree {
  readonly locks = new PathLocks(LOCK_WAIT_MS);
  readonly #running = new Set<Promise<unknown>>();
  readonly #base: Directory;
  readonly #maxBytes: number;
  /** Directories that were copied since `root` was last handed out, and may be changed in place. */
  #own = new WeakSet<object>();
  #root: PlannedDirectory;
  #bytes = 0;
  #isFull = false;

  constructor(base: Directory, maxBytes: number) {
    this.#base = base;
    this.#maxBytes = maxBytes;
    this.#root = { kind: "dir", origin: [], entries: NO_ENTRIES, ...commonOf(lstat(base, ".") as Stats) };
  }

  get root(): PlannedDirectory {
    this.#own = new WeakSet();
    return this.#root;
  }

  set root(root: PlannedDirectory) {
    this.#own = new WeakSet();
    this.#root = root;
  }

  /** Whether something did not fit any more, so that what follows may differ from a run. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Resolves when no change is under way any more. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async track<Result>(change: Promise<Result>): Promise<Result> {
    this.#running.add(change);
    try {
      return await change;
    } finally {
      this.#running.delete(change);
    }
  }

  /** @throws LIMIT_EXCEEDED where a plan would hold more than it may */
  reserve(nodes: number, bytes: number): void {
    this.#bytes += nodes * NODE_BYTES + bytes;
    if (this.#bytes <= this.#maxBytes) return;
    this.#isFull = true;
    throw new RuntimeError("LIMIT_EXCEEDED", `A plan holds at most ${this.#maxBytes} bytes of changes.`);
  }

  /** The directory at a path. @throws FILE_NOT_FOUND, PATH_REFUSED, OS_PERMISSION, as the real walk does */
  directory(components: readonly string[]): PlannedDirectory {
    let current = this.#root;
    for (const [depth, name] of components.entries()) {
      const path = components.slice(0, depth + 1).join("/");
      const node = this.child(current, name);
      if (node === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${path}": ENOENT`);
      if (node.kind === "link") throw refused(path, "is a link; links are not followed");
      if (node.kind !== "dir") throw new RuntimeError("FILE_NOT_FOUND", `"${path}" is not a directory.`);
      current = this.#entered(node);
    }
    return current;
  }

  child(directory: PlannedDirectory, name: string): PlannedNode | undefined {
    const planned = directory.entries.get(name);
    if (planned !== undefined) return planned ?? undefined;
    if (directory.origin === null) return undefined;
    using held = walkDown(this.#base, directory.origin);
    return nodeOf(held, name, directory.origin);
  }

  /** Everything in a directory, sorted by name. @throws OS_PERMISSION */
  children(directory: PlannedDirectory, path: string): (readonly [string, PlannedNode])[] {
    const found: (readonly [string, PlannedNode])[] = [];
    for (const [name, node] of directory.entries) if (node !== null) found.push([name, node]);
    if (directory.origin !== null) {
      using held = walkDown(this.#base, directory.origin);
      for (const name of listNames(held, path)) {
        const node = directory.entries.has(name) ? undefined : nodeOf(held, name, directory.origin);
        if (node !== undefined) found.push([name, node]);
      }
    }
    return found.sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** @throws OS_PERMISSION, PATH_REFUSED for one on another file system */
  *entriesOf(directory: PlannedDirectory, path: string, hidden: ReadonlySet<string>): Generator<DirEntry> {
    for (const [name, { kind, size }] of this.children(this.#entered(directory), path))
      if (!hidden.has(name.toLowerCase()))
        yield { name, path: path === "" ? name : `${path}/${name}`, kind, size: kind === "file" ? size : 0 };
  }

  /** The whole content. @throws FILE_NOT_FOUND, PATH_REFUSED, OS_PERMISSION */
  content(file: PlannedFile, path: string): Buffer {
    if (file.origin === null) return Buffer.from(file.bytes);
    const fd = this.#open(file.origin, path);
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  async *chunks(file: PlannedFile, path: string): AsyncGenerator<Buffer> {
    if (file.origin === null) {
      yield Buffer.from(file.bytes);
      return;
    }
    const fd = this.#open(file.origin, path);
    try {
      yield* chunksOf(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Refuses what the runtime could not restore, wherever it lies in the thing. @throws PATH_REFUSED, OS_PERMISSION */
  check(node: PlannedNode, path: string): asserts node is Exclude<PlannedNode, PlannedOther> {
    if (node.kind === "dir") {
      for (const [name, inner] of this.children(this.#entered(node), path))
        this.check(inner, `${path}/${name}`);
    } else if (node.kind !== "link" && node.origin !== null) closeSync(this.#open(node.origin, path));
  }

  /** A copy as a run would make it. @throws PATH_REFUSED, OS_PERMISSION, LIMIT_EXCEEDED */
  copy(node: PlannedNode, path: string, mtimeMs: number, left: { bytes: number }): PlannedNode {
    this.reserve(1, 0);
    if (node.kind === "link") return { ...node, mtimeMs };
    const mode = node.mode & 0o777;
    if (node.kind === "dir") {
      const inner = this.children(this.#entered(node), path).map(
        ([name, each]) => [name, this.copy(each, `${path}/${name}`, mtimeMs, left)] as const,
      );
      return { ...node, mode, mtimeMs, origin: null, entries: new Map(inner) };
    }
    this.check(node, path);
    left.bytes -= node.size;
    if (left.bytes < 0)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" makes the copy larger than is allowed.`);
    return { ...node, mode, mtimeMs };
  }

  /** Puts a thing under a name, or takes away what is there. @throws FILE_NOT_FOUND where the directory is gone */
  put(components: readonly string[], node: PlannedNode | null): void {
    this.directory(components.slice(0, -1));
    this.#root = this.#with(this.#root, components, node);
  }

  #with(
    directory: PlannedDirectory,
    [name = "", ...rest]: readonly string[],
    node: PlannedNode | null,
  ): PlannedDirectory {
    const inner =
      rest.length === 0 ? node : this.#with(this.child(directory, name) as PlannedDirectory, rest, node);
    if (this.#own.has(directory)) {
      (directory.entries as Map<string, PlannedNode | null>).set(name, inner);
      return directory;
    }
    const copy = { ...directory, entries: new Map(directory.entries).set(name, inner) };
    this.#own.add(copy);
    return copy;
  }

  #open(origin: Origin, path: string): number {
    using held = walkDown(this.#base, origin.slice(0, -1));
    return openFile(held, String(origin.at(-1)), path);
  }

  /** A real directory is opened once more, because only that tells whether it may be entered. */
  #entered(directory: PlannedDirectory): PlannedDirectory {
    if (directory.origin !== null) walkDown(this.#base, directory.origin)[Symbol.dispose]();
    return directory;
  }
}

/** What `stat` of a step tells about it. */
export function statOf({ kind, size, mode, mtimeMs }: PlannedNode): FileStat {
  return { kind, size, mode, mtimeMs };
}

function nodeOf(directory: Directory, name: string, above: readonly string[]): PlannedNode | undefined {
  const stat = lstat(directory, name);
  if (stat === undefined) return undefined;
  const common = commonOf(stat);
  const kind = kindOf(stat);
  const origin = [...above, name];
  switch (kind) {
    case "file":
      return { kind, ...common, origin, bytes: null };
    case "dir":
      return { kind, ...common, origin, entries: NO_ENTRIES };
    case "link":
      return { kind, ...common, target: readlinkSync(directory.at(name)) };
    case "other":
      return { kind, ...common, origin };
    default:
      return kind satisfies never;
  }
}

function commonOf({ size, mode, mtimeMs }: Stats): Common {
  return { size, mode: mode & 0o7777, mtimeMs };
}
