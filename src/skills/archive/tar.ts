import { gzipSync } from "node:zlib";

import { Header, Pax } from "tar";

import type { Handler } from "../../contract/handler.ts";
import type { ArchiveEntry } from "./archive-entry.ts";
import { type PackInput, readSources } from "./sources.ts";

type Input = PackInput & { readonly gzip: boolean };

const BLOCK_BYTES = 512;

/** Packs files into a tar archive. @throws FILE_NOT_FOUND, LIMIT_EXCEEDED, PATH_REFUSED */
export const handler: Handler<Input> = async (ctx, input) => {
  const entries = await readSources(ctx, input);
  const archive = Buffer.concat([...entries.flatMap(toBlocks), Buffer.alloc(2 * BLOCK_BYTES)]);
  const { size } = await ctx.fs.write(input.output_path, input.gzip ? gzipSync(archive) : archive);
  return {
    archive_path: input.output_path,
    file_count: entries.length,
    compressed_size: size,
    success: true,
  };
};

function toBlocks({ path, data, isExecutable, mtimeMs }: ArchiveEntry): Uint8Array[] {
  const mtime = new Date(Math.floor(mtimeMs / 1000) * 1000);
  const fields = { path, mode: isExecutable ? 0o755 : 0o644, size: data.length, mtime, uid: 0, gid: 0 };
  const header = new Header({ ...fields, type: "File" });
  const isTooLong = header.encode();
  const block = header.block ?? Buffer.alloc(BLOCK_BYTES);
  const padding = Buffer.alloc((BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return [...(isTooLong ? [new Pax(fields).encode()] : []), block, data, padding];
}
