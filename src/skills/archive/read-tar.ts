import { gunzipSync } from "node:zlib";

import { Parser, type ReadEntry } from "tar";

import { RuntimeError } from "../../contract/errors.ts";
import { type ArchiveEntry, checkSize, MAX_TOTAL_BYTES } from "./archive-entry.ts";

const FILES: readonly string[] = ["File", "OldFile", "ContiguousFile"];
const DIRECTORIES: readonly string[] = ["Directory", "GNUDumpDir"];

/**
 * The files of a tar archive, packed by gzip or not. Directories are not listed.
 *
 * @throws CONTENT_INVALID for a damaged or cut off archive and for links and devices; LIMIT_EXCEEDED for a bomb
 */
export async function readTar(archive: Buffer): Promise<ArchiveEntry[]> {
  const plain = isGzip(archive) ? gunzip(archive) : archive;
  checkSize(archive.length, plain.length, 0);
  checkEnd(plain);
  const entries: ArchiveEntry[] = [];
  let total = 0;
  await parse(plain, (entry) => {
    if (DIRECTORIES.includes(entry.type)) {
      entry.resume();
      return;
    }
    if (!FILES.includes(entry.type))
      throw damaged(`"${entry.path}" is of the type ${entry.type}, not a file`);
    const chunks: Buffer[] = [];
    total += entry.size;
    checkSize(archive.length, total, entries.length + 1);
    entry.on("data", (chunk: Buffer) => chunks.push(chunk));
    entry.on("end", () => {
      const data = Buffer.concat(chunks);
      // `tar c .` puts ./ before every name.
      entries.push({
        path: entry.path.replace(/^\.\//, ""),
        data,
        isExecutable: ((entry.mode ?? 0) & 0o100) !== 0,
        mtimeMs: 0,
      });
    });
  });
  return entries;
}

function parse(plain: Buffer, onEntry: (entry: ReadEntry) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        try {
          onEntry(entry);
        } catch (error) {
          entry.resume();
          reject(error);
        }
      },
    });
    parser.on("error", (error: Error) => reject(damaged(error.message, error)));
    parser.on("end", () => resolve());
    parser.end(plain);
  });
}

function isGzip(archive: Buffer): boolean {
  return archive[0] === 0x1f && archive[1] === 0x8b;
}

function gunzip(archive: Buffer): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_TOTAL_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new RuntimeError("LIMIT_EXCEEDED", `The archive unpacks to more than ${MAX_TOTAL_BYTES} bytes.`, {
        cause,
      });
    throw damaged("its compression is damaged", cause);
  }
}

// An archive ends with two empty blocks; without them it was cut off between two files.
function checkEnd(plain: Buffer): void {
  if (plain.length < 1024 || plain.length % 512 !== 0 || plain.subarray(-1024).some((byte) => byte !== 0))
    throw damaged("it has no end; it may be cut off, or no tar archive");
}

function damaged(why: string, cause?: unknown): RuntimeError {
  return new RuntimeError("CONTENT_INVALID", `The archive cannot be unpacked: ${why}.`, { cause });
}
