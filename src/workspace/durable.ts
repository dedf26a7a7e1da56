import { createHash } from "node:crypto";
import { fdatasync, fstatSync, fsync, read, readSync } from "node:fs";
import { promisify } from "node:util";

import type { Directory } from "./walk.ts";

const CHUNK_BYTES = 1024 * 1024;
const SMALL_BYTES = 64 * 1024;

/** Resolves when a file's data are on the disk. */
export const syncData: (fd: number) => Promise<void> = promisify(fdatasync);

const syncAll = promisify(fsync);
const readAt = promisify(read);

/** Resolves when the names in a directory are on the disk. */
export async function syncDirectory(directory: Directory): Promise<void> {
  await syncAll(directory.fd);
}

/** The content of an open file in chunks, from its beginning; the event loop turns between them. */
export async function* chunksOf(fd: number): AsyncGenerator<Buffer> {
  const { size } = fstatSync(fd);
  if (size <= SMALL_BYTES) {
    const buffer = Buffer.allocUnsafe(size);
    let filled = 0;
    for (let bytes = -1; filled < size && bytes !== 0; filled += bytes)
      bytes = readSync(fd, buffer, filled, size - filled, filled);
    if (filled > 0) yield buffer.subarray(0, filled);
    return;
  }
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

export async function hashFile(fd: number): Promise<{ digest: string; size: number }> {
  const sum = createHash("sha256");
  let size = 0;
  for await (const chunk of chunksOf(fd)) {
    sum.update(chunk);
    size += chunk.length;
  }
  return { digest: sum.digest("hex"), size };
}
