import { hash } from "node:crypto";

import type { Handler } from "../../contract/handler.ts";

type Input = {
  readonly text: string;
  readonly algorithm: "sha256" | "sha512" | "sha1" | "md5";
  readonly encoding: "hex" | "base64";
};

/** The digest of a text's UTF-8 bytes. */
export const handler: Handler<Input> = async (_ctx, { text, algorithm, encoding }) => ({
  hash: hash(algorithm, text, encoding),
  algorithm,
  success: true,
});
