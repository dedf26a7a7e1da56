import type { Read } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Change, Image } from "../contract/image.ts";
import { parentOf } from "./not-nested.ts";

// About 80 files: so long are the paths and marks of one entry at most.
const MAX_RECORDED_LENGTH = 8 * 1024;

/**
 * What a run has read, by path below the workspace root, with the mark that it had then: the hash of its content, or
 * the mark of its present state (`markOf`). What was computed from a read is written to the same path only while that
 * is still as it was read: no update of another run is lost.
 */
export class ReadMarks {
  readonly #marks = new Map<string, string>();
  /** Directories with many files that were read; the newest entry before that. */
  readonly #directories = new Map<string, number>();
  readonly #unrecorded = new Set<string>();
  #since: number | undefined;

  /** To be called right before a read that is then remembered, with nothing awaited in between. */
  begin(lastSeq: () => number): void {
    this.#since ??= lastSeq();
  }

  /** The first read counts: where a later one differs, what was made of the first is stale. */
  remember(path: string, mark: string): void {
    if (this.#marks.has(path)) return;
    this.#marks.set(path, mark);
    this.#unrecorded.add(path);
  }

  /** @throws LEASE_CONFLICT where the path is not as it was read */
  check(path: string, mark: string, present: Image): void {
    const read = this.#marks.get(path);
    if (read === undefined || read === mark || (present.kind === "file" && present.hash === read)) return;
    throw new RuntimeError("LEASE_CONFLICT", `"${path}" was changed since this run read it.`, {
      details: { path },
    });
  }

  /** The entry since which no other run may have changed these paths, which were looked at after `lookedAfter`. */
  since(paths: readonly { readonly path: string }[], lookedAfter: number): number {
    let since = lookedAfter;
    for (const [directory, seq] of this.#directories)
      if (seq < since && paths.some(({ path }) => directory === "" || path.startsWith(`${directory}/`)))
        since = seq;
    return since;
  }

  /** After the run changed these paths itself: from then on its lease keeps others away. */
  forget(changes: readonly Change[]): void {
    for (const { path, before, after } of changes) {
      this.#marks.delete(path);
      if (![before.kind, after.kind].some((kind) => kind === "dir" || kind === "tree")) continue;
      for (const inner of this.#marks.keys()) if (inner.startsWith(`${path}/`)) this.#marks.delete(inner);
    }
  }

  /**
   * What was read since this was last asked for, to be recorded. Where that is too much for an entry, it is the
   * directory that holds it all.
   */
  takeUnrecorded(): readonly Read[] {
    const reads: Read[] = [];
    let length = 0;
    for (const path of this.#unrecorded) {
      const mark = this.#marks.get(path);
      if (mark === undefined) continue;
      reads.push({ path, mark });
      length += path.length + mark.length;
    }
    const since = this.#since ?? 0;
    this.#unrecorded.clear();
    this.#since = undefined;
    return length <= MAX_RECORDED_LENGTH ? reads : [{ path: directoryOf(reads), mark: since }];
  }

  /** What an entry recorded, for a run that goes on without the memory of the process that wrote it. */
  recall({ path, mark }: Read): void {
    if (typeof mark === "number")
      this.#directories.set(path, Math.min(mark, this.#directories.get(path) ?? mark));
    else if (!this.#marks.has(path)) this.#marks.set(path, mark);
  }

  clear(): void {
    this.#marks.clear();
    this.#directories.clear();
    this.#unrecorded.clear();
    this.#since = undefined;
  }
}

/** The innermost directory above all paths. */
function directoryOf(reads: readonly Read[]): string {
  let directory = parentOf(reads[0]?.path ?? "");
  for (const { path } of reads)
    while (directory !== "" && !path.startsWith(`${directory}/`)) directory = parentOf(directory);
  return directory;
}
