import { fstatSync, readdirSync, rmSync } from "node:fs";

import { STATE_DIRECTORY } from "./path.ts";
import { ensureDirectory } from "./state-directory.ts";
import { type Directory, walkDown } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

/** How often this process holds each staging directory now. */
const holders = new Map<string, number>();
let counter = 0;

/** A name that nothing in the staging directory has. */
export function stagingName(): string {
  return `new-${counter++}`;
}

/** Where this process builds what it renames into place; one for all that hold the same workspace in it. */
export function holdStaging(stagings: Directory, processId: string): Directory {
  const staging = ensureDirectory(stagings, processId);
  holders.set(keyOf(staging), holdersOf(staging) + 1);
  return staging;
}

/** Removes it with the last who held it. */
export function leaveStaging(stagings: Directory, processId: string, staging: Directory): void {
  const left = holdersOf(staging) - 1;
  if (left > 0) return void holders.set(keyOf(staging), left);
  holders.delete(keyOf(staging));
  remove(stagings, processId);
}

/** Removes what dead processes left half built. `isAlive` tells by the process id that names the directory. */
export function clearStaging(workspace: Workspace, isAlive: (processId: string) => boolean): void {
  using state = walkDown(workspace.root, [STATE_DIRECTORY]);
  using stagings = walkDown(state, ["staging"]);
  for (const name of readdirSync(stagings.self)) if (!isAlive(name)) remove(stagings, name);
}

function holdersOf(staging: Directory): number {
  return holders.get(keyOf(staging)) ?? 0;
}

function keyOf({ fd }: Directory): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

function remove(stagings: Directory, name: string): void {
  rmSync(stagings.at(name), { recursive: true, force: true });
}
