import { applyPatch, parsePatch, type StructuredPatch } from "diff";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";
import { decodeText } from "./encoding.ts";

type Input = { readonly path: string; readonly patch: string };

const LIMIT_MS = 2000;

/**
 * Applies a unified diff to a text file: every hunk or none. The file names inside the diff are not looked at.
 *
 * @throws CONTENT_INVALID for a diff that is none, is for several files, or does not fit
 */
export const handler: Handler<Input> = async ({ fs }, { path, patch }) => {
  const parsed = parse(patch);
  const before = decodeText(await fs.read(path), "utf-8", path);
  const after = runWithTimeLimit(LIMIT_MS, "patch", () =>
    applyPatch(before, parsed, { autoConvertLineEndings: false }),
  );
  if (after === false) throw new RuntimeError("CONTENT_INVALID", `The patch does not fit "${path}".`);
  const { size } = await fs.write(path, after);
  return { hunks_applied: parsed.hunks.length, bytes_written: size, success: true };
};

function parse(patch: string): StructuredPatch {
  let files: StructuredPatch[];
  try {
    files = runWithTimeLimit(LIMIT_MS, "patch", () => parsePatch(patch));
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    throw new RuntimeError("CONTENT_INVALID", `The patch is not a unified diff: ${String(cause)}.`, {
      cause,
    });
  }
  const [first, ...others] = files;
  if (first === undefined || first.hunks.length === 0)
    throw new RuntimeError("CONTENT_INVALID", "The patch holds no hunk.");
  if (others.length > 0)
    throw new RuntimeError("CONTENT_INVALID", `The patch is for ${files.length} files; give one at a time.`);
  return first;
}
