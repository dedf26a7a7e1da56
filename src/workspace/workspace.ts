import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";

import { fromSystem } from "../contract/errors.ts";
import { BlobStore } from "./blobs.ts";
import { parsePath, STATE_DIRECTORY } from "./path.ts";
import { PathLocks } from "./path-locks.ts";
import { removeStaging } from "./staging.ts";
import { ensureDirectory } from "./state-directory.ts";
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
    const stored = hold(ensureDirectory(state, "blobs"));
    const staging = hold(ensureDirectory(stagings, processId));
    return {
      path: real,
      root,
      staging,
      blobs: new BlobStore(stored, staging),
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
