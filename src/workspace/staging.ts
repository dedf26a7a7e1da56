import { readdirSync, rmSync } from "node:fs";

import { STATE_DIRECTORY } from "./path.ts";
import { type Directory, walkDown } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

let counter = 0;

/** A name that nothing in the staging directory has. */
export function stagingName(): string {
  return `new-${counter++}`;
}

/** Removes what dead processes left half built. `isAlive` tells by the process id that names the directory. */
export function clearStaging(workspace: Workspace, isAlive: (processId: string) => boolean): void {
  using state = walkDown(workspace.root, [STATE_DIRECTORY]);
  using stagings = walkDown(state, ["staging"]);
  for (const name of readdirSync(stagings.self)) if (!isAlive(name)) removeStaging(stagings, name);
}

/** Removes a staging directory with what is in it. */
export function removeStaging(stagings: Directory, name: string): void {
  rmSync(stagings.at(name), { recursive: true, force: true });
}
