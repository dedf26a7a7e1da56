import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string; readonly recursive: boolean };

/** Deletes a file, a link or a directory. @throws FILE_NOT_FOUND, INPUT_INVALID for a full directory unless `recursive` */
export const handler: Handler<Input> = async ({ fs }, { path, recursive }) => {
  await fs.remove(path, { recursive });
  return { deleted: true, success: true };
};
