import { crc32, inflateRawSync } from "node:zlib";

import { RuntimeError } from "../../contract/errors.ts";
import { type ArchiveEntry, checkSize } from "./archive-entry.ts";

// PKWARE APPNOTE 6.3.10: §4.3.16 end record, §4.3.12 central header, §4.3.7 local header.
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const ENCRYPTED = 0x1;
const UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;
const ZIP64 = 0xffffffff;
const TYPE_MASK = 0o170000;
const FILE_TYPES: readonly number[] = [0, 0o100000];

type Header = {
  readonly name: Buffer;
  readonly path: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly mode: number;
  readonly offset: number;
};

/**
 * The files of a ZIP archive, unpacked and checked against their checksums. Directories are not listed.
 *
 * @throws CONTENT_INVALID for a damaged, encrypted or ZIP64 archive and for links; LIMIT_EXCEEDED for a bomb
 */
export function readZip(archive: Buffer): ArchiveEntry[] {
  const headers = readDirectory(archive);
  checkSize(
    archive.length,
    headers.reduce((sum, { size }) => sum + size, 0),
    headers.length,
  );
  const files = headers.filter(({ path }) => !path.endsWith("/"));
  return files.map((header) => ({
    path: header.path,
    data: unpack(archive, header),
    isExecutable: (header.mode & 0o100) !== 0,
    mtimeMs: 0,
  }));
}

function readDirectory(archive: Buffer): Header[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  checkSize(archive.length, 0, count);
  const headers: Header[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || archive.readUInt32LE(at) !== CENTRAL) throw damaged("its directory is damaged");
    const lengths = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const next = at + 46 + lengths.reduce((sum, length) => sum + length, 0);
    if (next > end) throw damaged("its directory is damaged");
    headers.push(readHeader(archive, at));
    at = next;
  }
  if (at !== end) throw damaged("its directory is not as long as it says");
  return headers;
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 22 - 0xffff); at--)
    if (archive.readUInt32LE(at) === END && at + 22 + archive.readUInt16LE(at + 20) === archive.length)
      return at;
  throw damaged("it has no end record; it may be cut off, or no ZIP archive");
}

function readHeader(archive: Buffer, at: number): Header {
  const flags = archive.readUInt16LE(at + 8);
  const name = archive.subarray(at + 46, at + 46 + archive.readUInt16LE(at + 28));
  const path = decodeName(name, (flags & UTF8) !== 0);
  const [packed, size, offset] = [
    archive.readUInt32LE(at + 20),
    archive.readUInt32LE(at + 24),
    archive.readUInt32LE(at + 42),
  ];
  if ((flags & ENCRYPTED) !== 0) throw damaged(`"${path}" is encrypted`);
  if (packed === ZIP64 || size === ZIP64 || offset === ZIP64) throw damaged("ZIP64 is not supported");
  const isUnix = archive.readUInt8(at + 5) === 3;
  const mode = isUnix ? archive.readUInt32LE(at + 38) >>> 16 : 0;
  const isDirectory = path.endsWith("/");
  if (!isDirectory && !FILE_TYPES.includes(mode & TYPE_MASK))
    throw damaged(`"${path}" is a link or a device, not a file`);
  return {
    name,
    path,
    method: archive.readUInt16LE(at + 10),
    checksum: archive.readUInt32LE(at + 16),
    packed,
    size,
    mode,
    offset,
  };
}

function decodeName(name: Buffer, isUtf8: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    if (isUtf8) throw damaged("a name is not UTF-8");
    return name.toString("latin1");
  }
}

function unpack(archive: Buffer, { name, path, method, checksum, packed, size, offset }: Header): Uint8Array {
  if (offset + 30 > archive.length || archive.readUInt32LE(offset) !== LOCAL)
    throw damaged(`"${path}" is not where the directory says`);
  const nameEnd = offset + 30 + archive.readUInt16LE(offset + 26);
  if (!archive.subarray(offset + 30, nameEnd).equals(name))
    throw damaged(`"${path}" has another name in its own header`);
  const start = nameEnd + archive.readUInt16LE(offset + 28);
  if (start + packed > archive.length) throw damaged(`"${path}" is cut off`);
  const data = inflate(archive.subarray(start, start + packed), path, method, size);
  if (data.length !== size || crc32(data) !== checksum)
    throw damaged(`"${path}" does not match its checksum`);
  return data;
}

function inflate(bytes: Buffer, path: string, method: number, size: number): Uint8Array {
  if (method === STORED) return bytes;
  if (method !== DEFLATED)
    throw damaged(`"${path}" is compressed with method ${method}, which is not supported`);
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw damaged(`"${path}" cannot be unpacked to the size it names`, cause);
  }
}

function damaged(why: string, cause?: unknown): RuntimeError {
  return new RuntimeError("CONTENT_INVALID", `The archive cannot be unpacked: ${why}.`, { cause });
}
