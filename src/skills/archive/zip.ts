import { zipSync, type ZipOptions } from "fflate";

import type { Handler } from "../../contract/handler.ts";
import { type PackInput, readSources } from "./sources.ts";

type Input = PackInput & { readonly compression_level: number };

// The times that a ZIP archive can hold (MS-DOS); half a day off either end, for every time zone.
const EARLIEST = Date.UTC(1980, 0, 2);
const LATEST = Date.UTC(2099, 11, 30);

/** Packs files into a ZIP archive. @throws FILE_NOT_FOUND, LIMIT_EXCEEDED, PATH_REFUSED */
export const handler: Handler<Input> = async (ctx, input) => {
  const entries = await readSources(ctx, input);
  const level = input.compression_level as NonNullable<ZipOptions["level"]>;
  const archive = zipSync(
    Object.fromEntries(
      entries.map(({ path, data, isExecutable, mtimeMs }) => {
        const mtime = Math.min(Math.max(mtimeMs, EARLIEST), LATEST);
        // Made on Unix (3); the upper half of the attributes holds type and mode.
        return [path, [data, { level, mtime, os: 3, attrs: (isExecutable ? 0o100755 : 0o100644) << 16 }]];
      }),
    ),
  );
  const { size } = await ctx.fs.write(input.output_path, archive);
  return {
    archive_path: input.output_path,
    file_count: entries.length,
    compressed_size: size,
    success: true,
  };
};
