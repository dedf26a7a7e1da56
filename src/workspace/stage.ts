import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileToWrite } from "../contract/handler.ts";
import type { FileImage, Image } from "../contract/image.ts";
import { chunksOf, syncData } from "./durable.ts";
import { listNames } from "./list.ts";
import { observe } from "./observe.ts";
import { stagingName } from "./staging.ts";
import { type Directory, lstat, openFile, walkDown } from "./walk.ts";

/** A file or tree that is built in the staging directory and is durable once `synced` resolves. */
export type Staged = { readonly name: string; readonly image: Image; readonly synced: Promise<void> };

/**
 * Builds a new file. An overwritten file's mode is kept, without setuid and setgid.
 *
 * @throws LIMIT_EXCEEDED over `maxBytes`, DISK_FULL
 */
export async function stageFile(
  staging: Directory,
  data: FileToWrite["data"],
  mode: number | undefined,
  maxBytes: number,
): Promise<Staged> {
  const name = stagingName();
  const fd = openSync(staging.at(name), "wx", 0o644);
  try {
    if (mode !== undefined) fchmodSync(fd, mode & 0o777);
    const hash = await fill(fd, data, maxBytes);
    return { name, image: imageOf(fd, hash), synced: syncAndClose(fd) };
  } catch (error) {
    closeSync(fd);
    rmSync(staging.at(name), { force: true });
    throw error;
  }
}

async function fill(fd: number, data: FileToWrite["data"], maxBytes: number): Promise<string> {
  if (typeof data === "string" || data instanceof Uint8Array) {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    writeAll(fd, bytes);
    return sha256(bytes);
  }
  const sum = createHash("sha256");
  let size = 0;
  for await (const chunk of data) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    sum.update(chunk);
    writeAll(fd, chunk);
  }
  return sum.digest("hex");
}

function tooLarge(maxBytes: number): RuntimeError {
  return new RuntimeError("LIMIT_EXCEEDED", `The content is larger than ${maxBytes} bytes.`);
}

// A short write is no error to the system, but the next one says why: a full disk.
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset);
}

function imageOf(fd: number, hash: string): FileImage {
  const stat = fstatSync(fd, { bigint: true });
  return {
    hash,
    kind: "file",
    mode: Number(stat.mode) & 0o7777,
    mtimeNs: String(stat.mtimeNs),
    size: Number(stat.size),
  };
}

async function syncAndClose(fd: number): Promise<void> {
  try {
    await syncData(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Builds a copy of a file, a link, or a directory with all that is in it. Links are copied as links.
 *
 * @throws LIMIT_EXCEEDED where the files have more than `maxBytes` in all
 */
export async function stageCopy(
  staging: Directory,
  source: Directory,
  name: string,
  path: string,
  maxBytes: number,
): Promise<Staged> {
  const copy = stagingName();
  try {
    await copyInto(source, name, path, staging, copy, { bytes: maxBytes });
    return {
      name: copy,
      image: await observe(staging, copy, path, { deep: true }),
      synced: Promise.resolve(),
    };
  } catch (error) {
    rmSync(staging.at(copy), { recursive: true, force: true });
    throw error;
  }
}

/** What may still be copied. */
type Allowance = { bytes: number };

async function copyInto(
  from: Directory,
  name: string,
  path: string,
  to: Directory,
  copy: string,
  left: Allowance,
): Promise<void> {
  const stat = lstat(from, name);
  if (stat === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${path}" does not exist.`);
  if (stat.isSymbolicLink()) return symlinkSync(readlinkSync(from.at(name)), to.at(copy));
  if (!stat.isDirectory()) return copyFile(from, name, path, to, copy, left);
  mkdirSync(to.at(copy), { mode: 0o700 });
  using source = walkDown(from, [name]);
  using target = walkDown(to, [copy]);
  for (const child of listNames(source))
    await copyInto(source, child, `${path}/${child}`, target, child, left);
  chmodSync(target.self, stat.mode & 0o777);
}

async function copyFile(
  from: Directory,
  name: string,
  path: string,
  to: Directory,
  copy: string,
  left: Allowance,
): Promise<void> {
  const source = openFile(from, name, path);
  try {
    left.bytes -= fstatSync(source).size;
    if (left.bytes < 0)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" makes the copy larger than is allowed.`);
    const target = openSync(to.at(copy), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      for await (const chunk of chunksOf(source)) writeAll(target, chunk);
      fchmodSync(target, fstatSync(source).mode & 0o777);
      await syncData(target);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}
