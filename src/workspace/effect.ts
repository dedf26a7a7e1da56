import { rmSync } from "node:fs";

import { RuntimeError } from "../contract/errors.ts";
import type { Change, Image } from "../contract/image.ts";
import { carryOut } from "./carry-out.ts";
import type { FileOp, FilesOptions } from "./files-options.ts";
import { ABSENT, ABSENT_MARK, markOf, type Observe, observe } from "./observe.ts";
import { checkWritable, parsePath, refused } from "./path.ts";
import type { Staged } from "./stage.ts";
import { type Directory, walkDown } from "./walk.ts";

/** A path that an effect changes. */
export type Target = {
  /** As the caller wrote it, for messages. */
  readonly given: string;
  /** Below the run's directory. */
  readonly components: readonly string[];
  /** Below the workspace root: what locks, changes and the ledger name. */
  readonly full: string;
};

/** @throws PATH_REFUSED */
export function targetOf({ prefix, workspace }: FilesOptions, path: string): Target {
  const components = parsePath(path);
  if (components.length === 0) throw refused(path, "is the directory of the run itself");
  const full = [...prefix, ...components];
  checkWritable(full, workspace.rules);
  return { given: path, components, full: full.join("/") };
}

let turns = 0;

/**
 * One effect on files, from looking at what is there to the rename. While it is open the run holds the paths against
 * other runs, and the effect holds them inside the run.
 */
export class Effect implements Disposable {
  readonly #options: FilesOptions;
  readonly #turn: string;
  readonly #lookedAfter: number;
  readonly #parents = new Map<string, Directory>();
  /** Of the paths that were looked at, from before the look. */
  readonly #marks = new Map<string, string>();

  private constructor(options: FilesOptions, turn: string, lookedAfter: number) {
    this.#options = options;
    this.#turn = turn;
    this.#lookedAfter = lookedAfter;
  }

  /** @throws LEASE_CONFLICT */
  static async open(options: FilesOptions, targets: readonly Target[]): Promise<Effect> {
    const { workspace, run, signal, lastSeq } = options;
    signal.throwIfAborted();
    const turn = `turn-${turns++}`;
    const paths = [...new Set(targets.map(({ full }) => full))].sort();
    await workspace.leases.acquire(run, paths, signal);
    // From here on only another process, or an undo, can change the paths without waiting for this run.
    const lookedAfter = lastSeq();
    await workspace.effects.acquire(turn, paths, signal);
    return new Effect(options, turn, lookedAfter);
  }

  /** The directory of a target, held until the effect ends. @throws FILE_NOT_FOUND, PATH_REFUSED */
  parentOf({ full, components }: Target): Directory {
    const path = full.slice(0, Math.max(0, full.lastIndexOf("/")));
    const held = this.#parents.get(path) ?? walkDown(this.#options.directory, components.slice(0, -1));
    this.#parents.set(path, held);
    return held;
  }

  /** @throws LEASE_CONFLICT where the run read it and it was changed since */
  async look(target: Target, how: Observe): Promise<Image> {
    const parent = this.parentOf(target);
    const mark = markOf(parent, nameOf(target));
    this.#marks.set(target.full, mark);
    const present = mark === ABSENT_MARK ? ABSENT : await observe(parent, nameOf(target), target.full, how);
    this.#options.reads.check(target.full, mark, present);
    return present;
  }

  /** The same for a path whose directory this effect is going to make. @throws LEASE_CONFLICT */
  nothing({ full }: Target): Image {
    this.#options.reads.check(full, ABSENT_MARK, ABSENT);
    return ABSENT;
  }

  /** Makes the intent durable while new content is synced, and then the changes. */
  async perform(
    op: FileOp,
    changes: readonly Change[],
    staged: ReadonlyMap<string, Staged> = new Map(),
  ): Promise<void> {
    const { workspace, intend, reads } = this.#options;
    const marks = changes.map(({ path }) => this.#marks.get(path) ?? this.#markOf(path));
    const synced = Promise.all([...staged.values()].map((each) => each.synced));
    synced.catch(() => {});
    const lookedAfter = reads.since(changes, this.#lookedAfter);
    const withdraw = await intend(op, changes, lookedAfter);
    await synced;
    const changed = changes.find(({ path }, index) => this.#markOf(path) !== marks[index]);
    if (changed !== undefined) {
      // By a program that takes no leases. What the intent says of before is not so: nobody must take it for the way
      // back.
      await withdraw();
      const { path } = changed;
      throw new RuntimeError(
        "LEASE_CONFLICT",
        `"${path}" was changed by another process at the same moment.`,
        {
          details: { path },
        },
      );
    }
    await carryOut(
      workspace,
      changes,
      new Map([...staged].map(([path, { name }]) => [path, name])),
      this.#parents,
    );
    reads.forget(changes);
  }

  /** Throws away what was built and is not used. */
  async discard(staged: Iterable<Staged>): Promise<void> {
    for (const { name, synced } of staged) {
      await synced.catch(() => {});
      rmSync(this.#options.workspace.staging.at(name), { recursive: true, force: true });
    }
  }

  #markOf(path: string): string {
    const cut = path.lastIndexOf("/");
    const parent = this.#parents.get(path.slice(0, Math.max(0, cut)));
    // A directory that is not held is one that this effect is going to make.
    return parent === undefined ? "" : markOf(parent, path.slice(cut + 1));
  }

  [Symbol.dispose](): void {
    for (const directory of this.#parents.values()) directory[Symbol.dispose]();
    this.#options.workspace.effects.releaseAll(this.#turn);
  }
}

export function nameOf({ components }: Target): string {
  return components.at(-1) ?? "";
}
