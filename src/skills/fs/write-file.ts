import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { encodeText } from "./encoding.ts";

type Input = {
  readonly path?: string;
  readonly file_path?: string;
  readonly content: string;
  readonly encoding: string;
  readonly create_dirs: boolean;
};

/** Writes a text file, whole or not at all. @throws ALREADY_EXISTS for a directory, CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (
  { fs },
  { path, file_path, content, encoding, create_dirs },
) => {
  const target = path ?? file_path;
  if (target === undefined || (path !== undefined && file_path !== undefined && path !== file_path))
    throw new RuntimeError("INPUT_INVALID", "Give either path or file_path.");
  const { size } = await fs.write(target, encodeText(content, encoding), { createDirs: create_dirs });
  return { bytes_written: size, success: true };
};
