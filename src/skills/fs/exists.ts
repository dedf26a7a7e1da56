import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string };

/** Whether something lies at a path. A link exists, and is neither a directory nor a file. */
export const handler: Handler<Input> = async ({ fs }, { path }) => {
  const stat = await fs.stat(path);
  return {
    exists: stat !== undefined,
    is_dir: stat?.kind === "dir",
    is_file: stat?.kind === "file",
    success: true,
  };
};
