import type { Handler } from "../../contract/handler.ts";
import { limitResult } from "../result-size.ts";

type Input = { readonly text: string; readonly url_safe: boolean };

/** Base64 (RFC 4648) of a text's UTF-8 bytes. @throws LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { text, url_safe }) => {
  const base64 = Buffer.from(text, "utf8").toString(url_safe ? "base64url" : "base64");
  return { base64: limitResult(base64, "base64"), success: true };
};
