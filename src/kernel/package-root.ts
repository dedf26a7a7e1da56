import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The directory of this package: the same from the sources and from a build, which has other folders. */
export const PACKAGE_ROOT = rootAbove(import.meta.dirname);

type Manifest = { readonly version: string };

let version: string | undefined;

export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as Manifest).version;
  return version;
}

function rootAbove(directory: string): string {
  const parent = dirname(directory);
  return existsSync(join(directory, "package.json")) || parent === directory ? directory : rootAbove(parent);
}
