import { type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { RuntimeError } from "../contract/errors.ts";

/** What we ask for, unless the caller asks for something else. */
export const ACCEPTED_CODINGS = "gzip, br";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * The decoded body. It stops at the limit, before decoding and after, so that neither an endless body nor a small one
 * that unpacks to a large one fills the memory.
 *
 * @throws LIMIT_EXCEEDED; NETWORK_FAILED for a coding that is unknown, nested or damaged
 */
export async function readBody(body: Readable, coding: string, maxBytes: number): Promise<Buffer> {
  const raw = await collect(body, maxBytes);
  const name = coding.trim().toLowerCase();
  if (name === "" || name === "identity" || raw.length === 0) return raw;
  const decoder = DECODERS[name]?.();
  if (decoder === undefined)
    throw new RuntimeError(
      "NETWORK_FAILED",
      `The answer has the content coding "${coding}", which is not supported.`,
    );
  decoder.end(raw);
  try {
    return await collect(decoder, maxBytes);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError("NETWORK_FAILED", `The answer's ${name} coding is damaged.`, { cause: error });
  }
}

async function collect(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(maxBytes: number): RuntimeError {
  return new RuntimeError("LIMIT_EXCEEDED", `The answer is larger than ${maxBytes} bytes.`);
}
