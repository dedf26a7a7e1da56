import type { Handler } from "../../contract/handler.ts";
import { decodeText } from "./encoding.ts";

type Input = { readonly path: string; readonly encoding: string };

/** The text of a file; `size` counts characters (code points). @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async ({ fs }, { path, encoding }) => {
  const content = decodeText(await fs.read(path), encoding, path);
  let size = 0;
  for (let i = 0; i < content.length; i += (content.codePointAt(i) ?? 0) > 0xffff ? 2 : 1) size += 1;
  return { content, size, success: true };
};
