import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The directory of this package: the same from the sources and from a build, which has other folders. */
export const PACKAGE_ROOT = rootAbove(import.meta.dirname);

let version: string | undefined;

export function packageVersion(): string {
  const manifest = () =>
    JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
  return (version ??= manifest().version);
}

function rootAbove(directory: string): string {
  const parent = dirname(directory);
  return existsSync(join(directory, "package.json")) || parent === directory ? directory : rootAbove(parent);
}
