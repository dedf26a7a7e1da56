import { createHash } from "node:crypto";

import { RuntimeError } from "../../contract/errors.ts";
import type { FileSystem } from "../../contract/handler.ts";

/**
 * Refuses a file that holds something else than expected. What was read is remembered: the file is changed afterwards
 * only while it is still so.
 *
 * @throws CONTENT_INVALID, FILE_NOT_FOUND
 */
export async function requireContent(
  fs: Pick<FileSystem, "readChunks">,
  path: string,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined) return;
  const sum = createHash("sha256");
  for await (const chunk of fs.readChunks(path)) sum.update(chunk);
  const found = sum.digest("hex");
  if (found !== expected)
    throw new RuntimeError("CONTENT_INVALID", `"${path}" holds ${found}, not ${expected} as expected.`);
}
