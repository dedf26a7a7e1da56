import {
  closeSync,
  fstatSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type BigIntStats,
} from "node:fs";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileImage, Image, TreeEntry } from "../contract/image.ts";
import { canonicalJson } from "../contract/json.ts";
import type { BlobStore } from "./blobs.ts";
import { hashFile } from "./durable.ts";
import { type Directory, isMissing, openFile, walkDown } from "./walk.ts";

const SMALL_BYTES = 1024 * 1024;

export type Observe = {
  /** Where contents go that must survive; without it they are only hashed. */
  readonly keep?: BlobStore;
  /** Take a directory with all that is in it (`tree`), not as a name alone (`dir`). */
  readonly deep?: boolean;
};

/**
 * What lies under a name of a held directory.
 *
 * @throws PATH_REFUSED for what cannot be restored: pipes, sockets, devices, hard links, other file systems;
 * LEASE_CONFLICT where it is changed meanwhile
 */
export async function observe(
  directory: Directory,
  name: string,
  path: string,
  how: Observe = {},
): Promise<Image> {
  try {
    return await observeNow(directory, name, path, how);
  } catch (error) {
    throw isMissing(error) ? changedMeanwhile(path) : error;
  }
}

async function observeNow(directory: Directory, name: string, path: string, how: Observe): Promise<Image> {
  const stat = lstatBig(directory.at(name));
  if (stat === undefined) return ABSENT;
  if (stat.isSymbolicLink()) return observeLink(directory, name, stat);
  if (!stat.isDirectory()) return observeFile(directory, name, path, how.keep);
  if (how.deep !== true) return { kind: "dir", mode: modeOf(stat), mtimeNs: String(stat.mtimeNs) };
  const entries: TreeEntry[] = [];
  await collectTree(directory, name, path, "", entries, how.keep);
  return treeImage(entries, how.keep);
}

/** The image of a manifest, kept as a blob itself where a store is given. */
async function treeImage(entries: readonly TreeEntry[], keep: BlobStore | undefined): Promise<Image> {
  const manifest = canonicalJson(entries);
  if (keep !== undefined) await keep.keepBytes(Buffer.from(manifest));
  const sizes = entries.flatMap(({ image }) => (image.kind === "file" ? [image.size] : []));
  return {
    kind: "tree",
    hash: sha256(manifest),
    content: sha256(canonicalJson(entries.map(({ path, image }) => ({ path, image: withoutTime(image) })))),
    files: sizes.length,
    size: sizes.reduce((sum, size) => sum + size, 0),
  };
}

async function collectTree(
  parent: Directory,
  name: string,
  path: string,
  inner: string,
  entries: TreeEntry[],
  keep: BlobStore | undefined,
): Promise<void> {
  using directory = walkDown(parent, [name]);
  const stat = lstatSync(`${directory.self}/.`, { bigint: true });
  entries.push({ path: inner, image: { kind: "dir", mode: modeOf(stat), mtimeNs: String(stat.mtimeNs) } });
  for (const child of readdirSync(directory.self).sort()) {
    const childPath = `${path}/${child}`;
    const childInner = inner === "" ? child : `${inner}/${child}`;
    const childStat = lstatBig(directory.at(child));
    if (childStat === undefined) continue;
    if (childStat.isDirectory()) await collectTree(directory, child, childPath, childInner, entries, keep);
    else if (childStat.isSymbolicLink())
      entries.push({ path: childInner, image: observeLink(directory, child, childStat) });
    else entries.push({ path: childInner, image: await observeFile(directory, child, childPath, keep) });
  }
}

function observeLink(
  directory: Directory,
  name: string,
  stat: BigIntStats,
): Extract<Image, { kind: "link" }> {
  return { kind: "link", target: readlinkSync(directory.at(name)), mtimeNs: String(stat.mtimeNs) };
}

async function observeFile(
  directory: Directory,
  name: string,
  path: string,
  keep?: BlobStore,
): Promise<FileImage> {
  const fd = openFile(directory, name, path);
  try {
    const stat = fstatSync(fd, { bigint: true });
    const size = Number(stat.size);
    const hash = keep === undefined ? await hashContent(fd, size) : await keep.keepFile(fd, size);
    const after = fstatSync(fd, { bigint: true });
    if (after.mtimeNs !== stat.mtimeNs || after.size !== stat.size) throw changedMeanwhile(path);
    return { kind: "file", hash, size, mode: modeOf(stat), mtimeNs: String(stat.mtimeNs) };
  } finally {
    closeSync(fd);
  }
}

function changedMeanwhile(path: string): RuntimeError {
  return new RuntimeError("LEASE_CONFLICT", `"${path}" was changed by another process while it was read.`, {
    details: { path },
  });
}

async function hashContent(fd: number, size: number): Promise<string> {
  if (size <= SMALL_BYTES) return sha256(readFileSync(fd));
  return (await hashFile(fd)).digest;
}

/** Whether two images are the same to a reader: kind, content and mode; times are not compared. */
export function sameContent(left: Image, right: Image): boolean {
  switch (left.kind) {
    case "absent":
      return right.kind === "absent";
    case "file":
      return right.kind === "file" && left.hash === right.hash && left.mode === right.mode;
    case "link":
      return right.kind === "link" && left.target === right.target;
    case "dir":
      return right.kind === "dir";
    case "tree":
      return right.kind === "tree" && left.content === right.content;
    default:
      return left satisfies never;
  }
}

/** A cheap mark of an entry's present state: equal marks mean that nobody replaced or wrote it in between. */
export function markOf(directory: Directory, name: string): string {
  const stat = lstatBig(directory.at(name));
  return stat === undefined ? ABSENT_MARK : markOfStat(stat);
}

export const ABSENT_MARK = "absent";

/** What lies where nothing does. */
export const ABSENT: Image = { kind: "absent" };

/** The mark of an open file. */
export function markOfOpen(fd: number): string {
  return markOfStat(fstatSync(fd, { bigint: true }));
}

function markOfStat({ ino, mtimeNs, ctimeNs, size }: BigIntStats): string {
  return `${ino}:${mtimeNs}:${ctimeNs}:${size}`;
}

function withoutTime(image: TreeEntry["image"]): unknown {
  const { mtimeNs: _, ...rest } = image;
  return rest;
}

function lstatBig(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function modeOf(stat: BigIntStats): number {
  return Number(stat.mode) & 0o7777;
}
