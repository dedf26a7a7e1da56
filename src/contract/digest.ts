import { hash } from "node:crypto";

import { canonicalJson } from "./json.ts";

/** SHA-256 in lower-case hex: of a text's UTF-8 bytes, or of bytes. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data);
}

/** SHA-256 of the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
