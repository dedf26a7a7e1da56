import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";

import { fromSystem } from "../contract/errors.ts";
import { BlobStore } from "./blobs.ts";
import { parsePath, refused, STATE_DIRECTORY } from "./path.ts";
import { PathLocks } from "./path-locks.ts";
import { type Directory, holdDirectory, walkDown } from "./walk.ts";

/** A directory that effects are confined to. Its root is held open: whoever swaps the path later changes nothing. */
export type Workspace = {
  /** Real path of the root, for messages and for the working directory of child processes. */
  readonly path: string;
  readonly root: Directory;
  /** Where this process builds files before they are renamed into place. */
  readonly staging: Directory;
  readonly blobs: BlobStore;
  /** Between runs: a run holds what it changed until it ends. */
  readonly leases: PathLocks;
  /** Inside a run: two effects on one path follow each other. */
  readonly effects: PathLocks;
  /** Components of what lies in it and the runtime goes by: policies, specs, packs, the home. No effect changes it. */
  readonly rules: readonly (readonly string[])[];
  readonly close: () => void;
};

export type WorkspaceOptions = {
  readonly leaseWaitMs?: number;
  /** Directories that no effect may change. */
  readonly ruleRoots?: readonly string[];
};

const LEASE_WAIT_MS = 30_000;

/**
 * Opens a workspace and makes its state directory if need be.
 *
 * @throws FILE_NOT_FOUND, OS_PERMISSION, DISK_FULL; PATH_REFUSED where the state directory is a link
 */
export function openWorkspace(
  path: string,
  processId: string,
  { leaseWaitMs = LEASE_WAIT_MS, ruleRoots = [] }: WorkspaceOptions = {},
): Workspace {
  const held: Directory[] = [];
  const hold = (directory: Directory) => {
    held.push(directory);
    return directory;
  };
  try {
    const real = realpathSync(path);
    const root = hold(holdDirectory(real));
    const state = hold(ensureDirectory(root, STATE_DIRECTORY));
    const stagings = hold(ensureDirectory(state, "staging"));
    const staging = hold(ensureDirectory(stagings, processId));
    const blobs = new BlobStore(hold(ensureDirectory(state, "blobs")), staging);
    return {
      path: real,
      root,
      staging,
      blobs,
      leases: new PathLocks(leaseWaitMs),
      effects: new PathLocks(leaseWaitMs),
      rules: ruleRoots.flatMap((each) => within(real, each)),
      close: () => {
        removeStaging(stagings, processId);
        for (const directory of held.reverse()) directory[Symbol.dispose]();
      },
    };
  } catch (error) {
    for (const directory of held) directory[Symbol.dispose]();
    throw fromSystem(error, `The workspace "${path}"`);
  }
}

/** The way from the workspace down to a directory; none where it lies elsewhere. */
function within(root: string, directory: string): (readonly string[])[] {
  const way = relative(root, existsSync(directory) ? realpathSync(directory) : directory);
  const components = way.split(sep);
  return way === "" || isAbsolute(way) || components[0] === ".." ? [] : [components];
}

/** The directory that a run is confined to. @throws PATH_REFUSED, FILE_NOT_FOUND */
export function openRunDirectory(workspace: Workspace, cwd: string): Directory {
  return walkDown(workspace.root, parsePath(cwd));
}

/** Removes what dead processes left half built. `isAlive` tells by the process id that names the directory. */
export function clearStaging(workspace: Workspace, isAlive: (processId: string) => boolean): void {
  using state = walkDown(workspace.root, [STATE_DIRECTORY]);
  using stagings = walkDown(state, ["staging"]);
  for (const name of readdirSync(stagings.self)) if (!isAlive(name)) removeStaging(stagings, name);
}

function removeStaging(stagings: Directory, name: string): void {
  rmSync(stagings.at(name), { recursive: true, force: true });
}

function ensureDirectory(parent: Directory, name: string): Directory {
  try {
    mkdirSync(parent.at(name), { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  try {
    return walkDown(parent, [name]);
  } catch (error) {
    throw refused(join(STATE_DIRECTORY, name), `cannot be used: ${fromSystem(error).message}`);
  }
}
