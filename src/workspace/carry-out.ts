import { renameSync } from "node:fs";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Change, Image } from "../contract/image.ts";
import { syncDirectory } from "./durable.ts";
import { ABSENT, type Observe, observe, sameContent } from "./observe.ts";
import { place, removeIfEmpty, setAside } from "./place.ts";
import { type Directory, lstat, walkDown } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

/** The way back: the changes in reverse order, each from its after to its before. */
export function invert(changes: readonly Change[]): Change[] {
  return changes.toReversed().map(({ path, before, after }) => {
    const taker = changes.find((change) => change.movedFrom === path);
    const inverted = { path, before: after, after: before };
    return taker === undefined ? inverted : { ...inverted, movedFrom: taker.path };
  });
}

/**
 * Makes every path lie as its change's `after` says, in order. Doing it again after a crash finishes the rest; where
 * nothing is left to do it must not be done again, because it would move what a move gave way to. Directories that are
 * to go and still hold something of others are left, and returned.
 *
 * @param staged names in the staging directory of images that are built already, by path
 * @param parents directories that the caller holds, by path
 */
export async function carryOut(
  workspace: Workspace,
  changes: readonly Change[],
  staged: ReadonlyMap<string, string> = NONE,
  parents: ReadonlyMap<string, Directory> = NONE,
): Promise<string[]> {
  const kept: string[] = [];
  // What is moved goes its way even where what it replaces looks the same.
  const isMoved = new Set(
    changes.flatMap(({ path, movedFrom }) => (movedFrom === undefined ? [] : [path, movedFrom])),
  );
  for (const change of changes) {
    const { path, before, after, movedFrom } = change;
    if (!isMoved.has(path) && before.kind !== "absent" && sameImage(before, after)) continue;
    const parent = openParent(workspace, path, parents);
    if (parent === undefined) {
      if (after.kind === "absent") continue;
      throw new RuntimeError("FILE_NOT_FOUND", `The directory of "${path}" is gone.`);
    }
    using directory = parent.directory;
    if (movedFrom !== undefined) await moveHere(workspace, directory, parent.name, movedFrom, after);
    else if (after.kind === "absent" && before.kind === "dir") {
      if (!removeIfEmpty(directory, parent.name)) kept.push(path);
      else await syncDirectory(directory);
    } else await place(workspace, directory, parent.name, after, staged.get(path));
  }
  return kept;
}

async function moveHere(
  workspace: Workspace,
  directory: Directory,
  name: string,
  from: string,
  image: Image,
): Promise<void> {
  const source = openParent(workspace, from);
  if (source === undefined) throw new RuntimeError("FILE_NOT_FOUND", `The directory of "${from}" is gone.`);
  using sourceDirectory = source.directory;
  // After a crash between the two renames the move is done already.
  if (lstat(sourceDirectory, source.name) === undefined) return;
  const present = lstat(directory, name);
  try {
    if (present !== undefined && (present.isDirectory() || image.kind === "tree"))
      setAside(workspace, directory, name);
    renameSync(sourceDirectory.at(source.name), directory.at(name));
  } catch (error) {
    throw fromSystem(error, `Moving "${from}"`);
  }
  await Promise.all([syncDirectory(directory), syncDirectory(sourceDirectory)]);
}

function sameImage(left: Image, right: Image): boolean {
  return (
    sameContent(left, right) &&
    ("mtimeNs" in left ? left.mtimeNs : "") === ("mtimeNs" in right ? right.mtimeNs : "")
  );
}

const NONE: ReadonlyMap<never, never> = new Map<never, never>();

export type Standing = {
  readonly change: Change;
  readonly present: Image;
  /** `between`: gone, as it is for a moment when one directory replaces another. */
  readonly at: "before" | "after" | "between" | "elsewhere";
};

/** Where each path stands on its way. `keep` stores the present contents, so that the way can be gone back. */
export async function survey(
  workspace: Workspace,
  changes: readonly Change[],
  keep: boolean,
): Promise<Standing[]> {
  const standings: Standing[] = [];
  for (const change of changes) {
    const how: Observe = keep ? { keep: workspace.blobs } : {};
    const present = await observePath(workspace, change.path, {
      ...how,
      deep: isTree(change.before) || isTree(change.after),
    });
    standings.push({ change, present, at: standingOf(change, present) });
  }
  return standings;
}

function standingOf({ before, after }: Change, present: Image): Standing["at"] {
  if (sameContent(present, before)) return "before";
  if (sameContent(present, after)) return "after";
  return present.kind === "absent" ? "between" : "elsewhere";
}

/** What lies at a path of the workspace. A path through a missing directory is absent. */
export async function observePath(workspace: Workspace, path: string, how: Observe): Promise<Image> {
  const parent = openParent(workspace, path);
  if (parent === undefined) return ABSENT;
  using directory = parent.directory;
  return observe(directory, parent.name, path, how);
}

function openParent(
  workspace: Workspace,
  path: string,
  parents: ReadonlyMap<string, Directory> = NONE,
): { directory: Directory; name: string } | undefined {
  const above = path.split("/").slice(0, -1);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const held = parents.get(above.join("/"));
  if (held !== undefined) return { directory: held.lend(), name };
  try {
    return { directory: walkDown(workspace.root, above), name };
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
}

function isTree(image: Image): boolean {
  return image.kind === "tree";
}
