import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { encodeText } from "./encoding.ts";

type Input = {
  readonly path: string;
  readonly content: string;
  readonly encoding: string;
  readonly create: boolean;
};

/** Adds text at the end of a file by replacing it as a whole. @throws FILE_NOT_FOUND unless `create` */
export const handler: Handler<Input> = async ({ fs }, { path, content, encoding, create }) => {
  const added = encodeText(content, encoding);
  const present = await fs.stat(path);
  if (present === undefined && !create) throw new RuntimeError("FILE_NOT_FOUND", `"${path}" does not exist.`);
  const before = present === undefined ? Buffer.alloc(0) : await fs.read(path);
  const { size } = await fs.write(path, Buffer.concat([before, added]), { overwrite: present !== undefined });
  return { bytes_written: added.length, size, success: true };
};
