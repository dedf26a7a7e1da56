import type { Handler } from "../../contract/handler.ts";
import { requireContent } from "./require-content.ts";

type Input = { readonly path: string; readonly recursive: boolean; readonly expected_checksum?: string };

/** Deletes a file, a link or a directory. @throws FILE_NOT_FOUND, CONTENT_INVALID, INPUT_INVALID for a full directory unless `recursive` */
export const handler: Handler<Input> = async ({ fs }, { path, recursive, expected_checksum }) => {
  await requireContent(fs, path, expected_checksum);
  await fs.remove(path, { recursive });
  return { deleted: true, success: true };
};
