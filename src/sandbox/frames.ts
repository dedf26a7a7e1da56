import { RuntimeError } from "../contract/errors.ts";

/** One message between the runtime and the child: a JSON text, and bytes that need no other form. */
export type Frame = { readonly message: unknown; readonly payload: Buffer };

/** What a message of a child may be at most. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_DEPTH = 256;
const HEADER_BYTES = 8;

/** Both lengths as 32 bits, big-endian; the text; the bytes. */
export function encodeFrame(message: unknown, payload: Uint8Array = Buffer.alloc(0)): Buffer[] {
  const text = Buffer.from(JSON.stringify(message));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(text.length, 0);
  header.writeUInt32BE(payload.length, 4);
  return [header, text, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)];
}

/** Puts frames together from whatever pieces arrive. A length is judged before anything of that length is kept. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #size = 0;

  /** The frames that are whole now. @throws OUTPUT_INVALID for what is none, or larger or deeper than it may be */
  *read(piece: Buffer): Generator<Frame> {
    this.#pieces.push(piece);
    this.#size += piece.length;
    for (;;) {
      if (this.#size < HEADER_BYTES) return;
      const header = this.#peek(HEADER_BYTES);
      const [textBytes, payloadBytes] = [header.readUInt32BE(0), header.readUInt32BE(4)];
      if (textBytes > MAX_TEXT_BYTES) throw refused(`a message of ${textBytes} bytes`);
      if (payloadBytes > MAX_PAYLOAD_BYTES) throw refused(`a piece of ${payloadBytes} bytes`);
      const end = HEADER_BYTES + textBytes + payloadBytes;
      if (this.#size < end) return;
      const frame = this.#peek(end);
      this.#pieces = [frame.subarray(end)];
      this.#size -= end;
      const payload = frame.subarray(HEADER_BYTES + textBytes, end);
      yield { message: parse(frame.subarray(HEADER_BYTES, HEADER_BYTES + textBytes)), payload };
    }
  }

  /** At least so many bytes in one piece. */
  #peek(bytes: number): Buffer {
    const [first] = this.#pieces;
    if (first !== undefined && first.length >= bytes) return first;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}

export function refused(what: string): RuntimeError {
  return new RuntimeError("OUTPUT_INVALID", `The handler's process sent what it may not: ${what}.`);
}

function parse(bytes: Buffer): unknown {
  if (depthOf(bytes) > MAX_DEPTH) throw refused(`JSON of more than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw refused("something that is not JSON");
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = Buffer.from('"\\[]{}');

/** How deep the containers of a JSON text lie in each other; found out before anything is built from it. */
function depthOf(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) deepest = Math.max(deepest, ++depth);
    else if (byte === CLOSE_LIST || byte === CLOSE_MAP) depth--;
  }
  return deepest;
}
