import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { limitResult } from "../result-size.ts";

type Input = { readonly base64: string };

/** The UTF-8 text of Base64 in either alphabet, with or without padding; white space is ignored. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, input) => {
  const base64 = input.base64.replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
  const unpadded = base64.replace(/={1,2}$/, "");
  const padded = unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, "=");
  const bytes = Buffer.from(unpadded, "base64");
  // Buffer skips what it does not know, so the way back shows whether it understood everything.
  if (bytes.toString("base64") !== padded || (base64 !== unpadded && base64 !== padded))
    throw new RuntimeError("CONTENT_INVALID", "base64 is not valid Base64");
  return { text: limitResult(decode(bytes), "text"), bytes: bytes.length, success: true };
};

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RuntimeError("CONTENT_INVALID", "base64 does not hold UTF-8 text", { cause });
  }
}
