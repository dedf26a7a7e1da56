import type { Handler } from "../../contract/handler.ts";

type Input = { readonly source: string; readonly destination: string; readonly overwrite: boolean };

/** Moves or renames a file or a directory. */
export const handler: Handler<Input> = async (ctx, { source, destination, overwrite }) => {
  await ctx.fs.move(source, destination, { overwrite });
  return { moved: true, success: true };
};
