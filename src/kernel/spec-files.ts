import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { fromSystem } from "../contract/errors.ts";

const EXTENSION = /\.(ya?ml|json)$/;

/** A spec file: its path, and its name without the extension. */
export type SpecFile = { readonly path: string; readonly stem: string };

/** The spec files of a directory, by name; none where there is no such directory. */
export function listSpecFiles(directory: string): SpecFile[] {
  return entriesOf(directory)
    .filter((entry) => entry.isFile() && EXTENSION.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .map((name) => ({ path: join(directory, name), stem: name.replace(EXTENSION, "") }));
}

/** The directories in a directory, by name. */
export function listDirectories(directory: string): string[] {
  return entriesOf(directory)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name))
    .sort();
}

/** The files in a directory, whatever they are named. */
export function listFiles(directory: string): string[] {
  return entriesOf(directory)
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(directory, name))
    .sort();
}

/** Another text once a file was changed; empty where it is gone. */
export function markOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw fromSystem(error, `The directory "${directory}"`);
  }
}
