import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { requireContent } from "./require-content.ts";

type Input = {
  readonly path: string;
  readonly content_base64: string;
  readonly overwrite: boolean;
  readonly create_dirs: boolean;
  readonly expected_checksum?: string;
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Writes bytes, whole or not at all. @throws CONTENT_INVALID for what is not base64 or not as expected, ALREADY_EXISTS, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (
  { fs, spec },
  { path, content_base64, overwrite, create_dirs, expected_checksum },
) => {
  const maxBytes = spec.limits.max_bytes ?? Infinity;
  if (!BASE64.test(content_base64) || content_base64.length % 4 !== 0)
    throw new RuntimeError("CONTENT_INVALID", "content_base64 is not valid base64.");
  if (Buffer.byteLength(content_base64, "base64") > maxBytes)
    throw new RuntimeError("LIMIT_EXCEEDED", `content_base64 holds more than ${maxBytes} bytes.`);
  await requireContent(fs, path, expected_checksum);
  const { size, hash } = await fs.write(path, Buffer.from(content_base64, "base64"), {
    overwrite,
    createDirs: create_dirs,
  });
  return { file_path: path, bytes_written: size, checksum: hash, success: true };
};
