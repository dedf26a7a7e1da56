import { readdirSync } from "node:fs";

import { fromSystem } from "../contract/errors.ts";
import type { DirEntry, FileKind } from "../contract/handler.ts";
import { type Directory, lstat, walkDown } from "./walk.ts";

/** Names in a directory, sorted by code units. */
export function listNames(directory: Directory, path = "."): string[] {
  try {
    return readdirSync(directory.self).sort();
  } catch (error) {
    throw fromSystem(error, `"${path}"`);
  }
}

export function kindOf(stat: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): FileKind {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "dir";
  return stat.isSymbolicLink() ? "link" : "other";
}

/** Entries of a directory; those of `hidden` names are left out. `prefix` is put before every path. */
export function listEntries(directory: Directory, prefix: string, hidden: ReadonlySet<string>): DirEntry[] {
  const entries: DirEntry[] = [];
  for (const name of listNames(directory, prefix)) {
    const stat = hidden.has(name.toLowerCase()) ? undefined : lstat(directory, name);
    if (stat === undefined) continue;
    const kind = kindOf(stat);
    entries.push({
      name,
      path: prefix === "" ? name : `${prefix}/${name}`,
      kind,
      size: kind === "file" ? stat.size : 0,
    });
  }
  return entries;
}

/** Everything below a directory, depth first; each directory before what is in it, links not followed. */
export async function* walkEntries(
  directory: Directory,
  prefix: string,
  hidden: ReadonlySet<string>,
): AsyncGenerator<DirEntry> {
  for (const entry of listEntries(directory, prefix, hidden)) {
    yield entry;
    if (entry.kind !== "dir") continue;
    using child = walkDown(directory, [entry.name]);
    yield* walkEntries(child, entry.path, hidden);
  }
}
