import { RuntimeError } from "../contract/errors.ts";
import type { Change } from "../contract/image.ts";
import type { Target } from "./effect.ts";
import type { FilesOptions } from "./files-options.ts";
import { refused } from "./path.ts";
import { lstat, walkDown } from "./walk.ts";

/**
 * The directories above a target that are not there yet, outermost first, as changes. `known` collects those that
 * were seen, so that several targets of one effect name each once.
 *
 * @throws PATH_REFUSED where the way leads through a link, ALREADY_EXISTS where through a file
 */
export function missingParents(
  { directory, prefix }: FilesOptions,
  target: Target,
  known: Set<string>,
): Change[] {
  const changes: Change[] = [];
  const above = target.components.slice(0, -1);
  for (const [depth, name] of above.entries()) {
    const path = [...prefix, ...above.slice(0, depth + 1)].join("/");
    if (known.has(path)) continue;
    known.add(path);
    if (changes.length > 0 || !isThere(above.slice(0, depth))) {
      changes.push(newDirectory(path));
      continue;
    }
    using parent = walkDown(directory, above.slice(0, depth));
    const stat = lstat(parent, name);
    if (stat?.isSymbolicLink() === true)
      throw refused(target.given, `leads through the link ${name}; links are not followed`);
    if (stat?.isDirectory() === false)
      throw new RuntimeError("ALREADY_EXISTS", `"${path}" is a file, not a directory.`);
    if (stat === undefined) changes.push(newDirectory(path));
  }
  return changes;

  function isThere(components: readonly string[]): boolean {
    try {
      walkDown(directory, components)[Symbol.dispose]();
      return true;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return false;
      throw error;
    }
  }
}

export function newDirectory(path: string): Change {
  return { path, before: { kind: "absent" }, after: { kind: "dir", mode: 0o755, mtimeNs: "0" } };
}
