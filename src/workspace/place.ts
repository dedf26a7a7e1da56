import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  chmodSync,
  utimesSync,
} from "node:fs";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { FileImage, Image, TreeEntry } from "../contract/image.ts";
import type { BlobStore } from "./blobs.ts";
import { hashFile, syncData, syncDirectory } from "./durable.ts";
import { stagingName } from "./staging.ts";
import { type Directory, lstat } from "./walk.ts";

/** What `place` works with: where to build, and what contents to build from. */
export type Builder = { readonly staging: Directory; readonly blobs: BlobStore };

/**
 * Makes `image` lie under a name, whatever lay there before, by one rename: a reader sees the old or the new. The
 * caller has made sure that what lies there may go. Durable when it resolves.
 *
 * @param staged name in the staging directory of a file or tree that is already built
 * @throws PREIMAGE_MISSING, DISK_FULL, OS_PERMISSION
 */
export async function place(
  builder: Builder,
  directory: Directory,
  name: string,
  image: Image,
  staged?: string,
): Promise<void> {
  try {
    if (image.kind === "absent") clear(builder, directory, name);
    else if (image.kind === "dir") makeDirectory(directory, name, image.mode);
    else putNew(builder, directory, name, staged ?? (await build(builder, image)), image.kind === "tree");
  } catch (error) {
    throw fromSystem(error, `"${name}"`);
  }
  await syncDirectory(directory);
}

function clear(builder: Builder, directory: Directory, name: string): void {
  const stat = lstat(directory, name);
  if (stat === undefined) return;
  if (!stat.isDirectory()) return unlinkSync(directory.at(name));
  setAside(builder, directory, name);
}

/** Takes whatever lies under a name away in one step, and deletes it. */
export function setAside(builder: Builder, directory: Directory, name: string): void {
  const aside = stagingName();
  renameSync(directory.at(name), builder.staging.at(aside));
  try {
    rmSync(builder.staging.at(aside), { recursive: true, force: true });
  } catch {
    // The effect is done; what resists deletion (a read-only directory) lies in staging until that is cleared.
  }
}

function makeDirectory(directory: Directory, name: string, mode: number): void {
  if (lstat(directory, name)?.isDirectory() === true) return;
  mkdirSync(directory.at(name), { mode });
}

function putNew(builder: Builder, directory: Directory, name: string, staged: string, isTree: boolean): void {
  const put = () => renameSync(builder.staging.at(staged), directory.at(name));
  // rename(2) replaces a file by a file, and nothing else that we need.
  if (isTree && lstat(directory, name) !== undefined) setAside(builder, directory, name);
  try {
    put();
  } catch (error) {
    if (lstat(directory, name)?.isDirectory() !== true) throw error;
    setAside(builder, directory, name);
    put();
  }
}

/** Builds an image in the staging directory and returns its name there. */
async function build(builder: Builder, image: Exclude<Image, { kind: "absent" | "dir" }>): Promise<string> {
  const name = stagingName();
  const at = builder.staging.at(name);
  switch (image.kind) {
    case "file":
      await buildFile(builder.blobs, at, image);
      return name;
    case "link":
      buildLink(at, image);
      return name;
    case "tree":
      await buildTree(builder.blobs, at, readManifest(builder.blobs, image.hash));
      return name;
    default:
      return image satisfies never;
  }
}

async function buildFile(blobs: BlobStore, at: string, image: FileImage): Promise<void> {
  copyFileSync(blobs.pathOf(image.hash), at, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(at, 0o600);
  const fd = openSync(at, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const { digest } = await hashFile(fd);
    if (digest !== image.hash)
      throw new RuntimeError(
        "PREIMAGE_MISSING",
        `The stored content ${image.hash.slice(0, 12)}… is damaged.`,
      );
    fchmodSync(fd, image.mode);
    futimesSync(fd, seconds(image.mtimeNs), seconds(image.mtimeNs));
    await syncData(fd);
  } finally {
    closeSync(fd);
  }
}

function buildLink(at: string, image: Extract<Image, { kind: "link" }>): void {
  symlinkSync(image.target, at);
  lutimesSync(at, seconds(image.mtimeNs), seconds(image.mtimeNs));
}

async function buildTree(blobs: BlobStore, at: string, entries: readonly TreeEntry[]): Promise<void> {
  const directories: (readonly [string, Extract<Image, { kind: "dir" }>])[] = [];
  for (const { path, image } of entries) {
    const target = path === "" ? at : `${at}/${path}`;
    if (image.kind === "file") await buildFile(blobs, target, image);
    else if (image.kind === "link") buildLink(target, image);
    else {
      mkdirSync(target, { mode: 0o700 });
      directories.push([target, image]);
    }
  }
  // Innermost first: what is put into a directory changes its time, and a read-only one takes nothing more.
  for (const [target, image] of directories.reverse()) {
    utimesSync(target, seconds(image.mtimeNs), seconds(image.mtimeNs));
    chmodSync(target, image.mode);
  }
}

function readManifest(blobs: BlobStore, digest: string): TreeEntry[] {
  const entries = JSON.parse(blobs.read(digest).toString("utf8")) as TreeEntry[];
  for (const { path } of entries)
    if (path.split("/").includes("..") || path.startsWith("/"))
      throw new RuntimeError(
        "PREIMAGE_MISSING",
        `The stored manifest ${digest.slice(0, 12)}… holds the path "${path}".`,
      );
  return entries;
}

/** Removes a directory if nothing is in it; tells whether it is gone. */
export function removeIfEmpty(directory: Directory, name: string): boolean {
  try {
    rmdirSync(directory.at(name));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    if (error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST"))
      return false;
    throw fromSystem(error, `"${name}"`);
  }
}

// Node sets times as seconds in a double, which is exact to a quarter of a microsecond.
function seconds(nanoseconds: string): number {
  return Number(nanoseconds) / 1e9;
}
