import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string; readonly parents: boolean; readonly exist_ok: boolean };

/** Makes a directory; `created` is false where it was there. @throws ALREADY_EXISTS, FILE_NOT_FOUND without a parent */
export const handler: Handler<Input> = async ({ fs }, { path, parents, exist_ok }) => {
  const created = await fs.makeDir(path, { parents, existOk: exist_ok });
  return { created, success: true };
};
