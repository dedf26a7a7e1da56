import { createHash } from "node:crypto";

import type { Handler } from "../../contract/handler.ts";

type Input = { readonly path: string };

/** SHA-256 of a file of any size, in lower-case hex. */
export const handler: Handler<Input> = async ({ fs }, { path }) => {
  const sum = createHash("sha256");
  for await (const chunk of fs.readChunks(path)) sum.update(chunk);
  return { checksum_sha256: sum.digest("hex"), success: true };
};
