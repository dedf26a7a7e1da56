import type { Handler } from "../../contract/handler.ts";
import { readTar } from "./read-tar.ts";
import { type UnpackInput, writeEntries } from "./unpack.ts";

/** Unpacks a tar archive; empty directories are left out. @throws CONTENT_INVALID, LIMIT_EXCEEDED, PATH_REFUSED, ALREADY_EXISTS */
export const handler: Handler<UnpackInput> = async (ctx, input) =>
  writeEntries(ctx, await readTar(await ctx.fs.read(input.archive_path)), input);
