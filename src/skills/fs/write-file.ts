import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";

type Input = {
  readonly path?: string;
  readonly file_path?: string;
  readonly content: string;
  readonly encoding: "utf-8" | "utf8" | "ascii" | "latin1" | "utf-16le";
  readonly create_dirs: boolean;
};

/** Writes a text file; an existing one is replaced. */
export const handler: Handler<Input> = async (ctx, { path, file_path, content, encoding, create_dirs }) => {
  const target = path ?? file_path;
  if (target === undefined || (path !== undefined && file_path !== undefined))
    throw new RuntimeError("INPUT_INVALID", "Give either path or file_path.");
  const data = Buffer.from(content, encoding === "utf-8" ? "utf8" : encoding === "utf-16le" ? "utf16le" : encoding);
  const { size } = await ctx.fs.write(target, data, { createDirs: create_dirs });
  return { bytes_written: size, success: true };
};
