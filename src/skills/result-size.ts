import { RuntimeError } from "../contract/errors.ts";

/** The most that one text in a result may take, in bytes of UTF-8. */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024;

/** The text itself. @throws LIMIT_EXCEEDED over 16 MiB */
export function limitResult(text: string, field: string): string {
  const certainlyFits = text.length * 3 <= MAX_RESULT_BYTES;
  if (!certainlyFits && Buffer.byteLength(text) > MAX_RESULT_BYTES)
    throw new RuntimeError("LIMIT_EXCEEDED", `${field} would be larger than ${MAX_RESULT_BYTES} bytes`);
  return text;
}
