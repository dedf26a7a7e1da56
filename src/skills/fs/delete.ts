import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string; readonly recursive: boolean };

/** Deletes a file, a link or a directory. */
export const handler: Handler<Input> = async (ctx, { path, recursive }) => {
  await ctx.fs.remove(path, { recursive });
  return { deleted: true, success: true };
};
