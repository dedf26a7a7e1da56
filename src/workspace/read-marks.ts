import { RuntimeError } from "../contract/errors.ts";
import type { Change } from "../contract/image.ts";

/**
 * What a run has read, by path below the workspace root, with the mark that it had then. What was computed from a
 * read is written to the same path only while that is still as it was read: no update of another run is lost.
 */
export class ReadMarks {
  readonly #marks = new Map<string, string>();

  /** The first read counts: where a later one differs, what was made of the first is stale. */
  remember(path: string, mark: string): void {
    if (!this.#marks.has(path)) this.#marks.set(path, mark);
  }

  /** @throws LEASE_CONFLICT where the path is not as it was read */
  check(path: string, mark: string): void {
    const read = this.#marks.get(path);
    if (read !== undefined && read !== mark)
      throw new RuntimeError("LEASE_CONFLICT", `"${path}" was changed since this run read it.`, {
        details: { path },
      });
  }

  /** After the run changed these paths itself: from then on its lease keeps others away. */
  forget(changes: readonly Change[]): void {
    for (const { path, before, after } of changes) {
      this.#marks.delete(path);
      if (![before.kind, after.kind].some((kind) => kind === "dir" || kind === "tree")) continue;
      for (const inner of this.#marks.keys()) if (inner.startsWith(`${path}/`)) this.#marks.delete(inner);
    }
  }

  clear(): void {
    this.#marks.clear();
  }
}
