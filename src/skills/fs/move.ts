import type { Handler } from "../../contract/handler.ts";

type Input = { readonly source: string; readonly destination: string; readonly overwrite: boolean };

/** Fails with ALREADY_EXISTS where something lies at the destination, unless `overwrite`. @throws FILE_NOT_FOUND, INPUT_INVALID */
export const handler: Handler<Input> = async ({ fs }, { source, destination, overwrite }) => {
  await fs.move(source, destination, { overwrite });
  return { moved: true, success: true };
};
