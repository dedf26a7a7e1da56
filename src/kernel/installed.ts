import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { Version } from "../contract/capability.ts";
import { fromSystem } from "../contract/errors.ts";
import type { Subject } from "../contract/governance-event.ts";
import { listDirectories } from "./spec-files.ts";
import type { PackFiles } from "./pack-files.ts";
import { compareVersions } from "./version-range.ts";

/** A pack or facade that was approved here, and where its files lie. */
export type Installed = { readonly subject: Subject; readonly directory: string };

/** Where packs and facades lie that came after the package: below the home. */
export function installedIn(home: string): string {
  return join(home, "installed");
}

/** Everything of one kind that is installed, the newest version first. */
export function listInstalled(root: string, kind: "pack" | "facade"): Installed[] {
  return listDirectories(join(root, `${kind}s`))
    .flatMap((directory) => {
      const at = basename(directory).lastIndexOf("@");
      const [encoded, version] = [basename(directory).slice(0, at), basename(directory).slice(at + 1)];
      const name = at < 1 ? undefined : decoded(encoded);
      if (name === undefined || !Version.safeParse(version).success) return [];
      return [{ subject: { kind, name, version }, directory }];
    })
    .sort((a, b) => compareVersions(b.subject.version, a.subject.version));
}

/** Puts exactly these files in place of what lies there. @throws OS_PERMISSION, DISK_FULL */
export function install(root: string, { kind, name, version }: Subject, files: PackFiles): void {
  const directory = join(root, `${kind}s`, `${encodeURIComponent(name)}@${version}`);
  const aside = `${directory}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(aside, path)), { recursive: true, mode: 0o700 });
      writeFileSync(join(aside, path), text, { mode: 0o600, flush: true });
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(aside, directory);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw fromSystem(error, `The directory "${directory}"`);
  }
}

/** `undefined` where it is not what `install` makes of a name. */
function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
