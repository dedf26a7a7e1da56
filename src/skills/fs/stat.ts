import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string };

/** Type, size, permission bits and time of what lies at a path; links are not followed. @throws FILE_NOT_FOUND */
export const handler: Handler<Input> = async ({ fs }, { path }) => {
  const stat = await fs.stat(path);
  if (stat === undefined) throw new RuntimeError("FILE_NOT_FOUND", `"${path}" does not exist.`);
  const mode = stat.mode.toString(8).padStart(4, "0");
  const modified_at = new Date(stat.mtimeMs).toISOString();
  return { type: stat.kind, size: stat.kind === "file" ? stat.size : 0, mode, modified_at, success: true };
};
