import { createHash } from "node:crypto";

import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string };

/** The SHA-256 of a file's content. */
export const handler: Handler<Input> = async (ctx, { path }) => {
  const sum = createHash("sha256");
  for await (const chunk of ctx.fs.readChunks(path)) sum.update(chunk);
  return { checksum_sha256: sum.digest("hex"), success: true };
};
