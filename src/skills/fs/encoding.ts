import { RuntimeError } from "../../contract/errors.ts";

const NAMES: Readonly<Record<string, "utf8" | "ascii" | "latin1" | "utf16le">> = {
  "utf-8": "utf8",
  utf8: "utf8",
  ascii: "ascii",
  "us-ascii": "ascii",
  "latin-1": "latin1",
  latin1: "latin1",
  "iso-8859-1": "latin1",
  "utf-16le": "utf16le",
  utf16le: "utf16le",
};
const HIGHEST: Readonly<Record<string, number>> = { ascii: 0x7f, latin1: 0xff };

/** The text of bytes, without loss: a byte order mark stays. @throws CONTENT_INVALID, INPUT_INVALID */
export function decodeText(bytes: Uint8Array, encoding: string, what: string): string {
  const name = nameOf(encoding);
  const highest = HIGHEST[name];
  if (highest !== undefined) {
    const index = bytes.findIndex((byte) => byte > highest);
    if (index !== -1)
      throw new RuntimeError(
        "CONTENT_INVALID",
        `"${what}" is not ${encoding}: byte ${index} is ${bytes[index]}.`,
      );
    return Buffer.from(bytes).toString("latin1");
  }
  try {
    return new TextDecoder(name === "utf8" ? "utf-8" : "utf-16le", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch (cause) {
    throw new RuntimeError("CONTENT_INVALID", `"${what}" is not ${encoding}.`, { cause });
  }
}

/** The bytes of a text. @throws CONTENT_INVALID where a character has no form in the encoding, INPUT_INVALID */
export function encodeText(text: string, encoding: string): Buffer {
  const name = nameOf(encoding);
  const highest = HIGHEST[name];
  if (!text.isWellFormed())
    throw new RuntimeError("CONTENT_INVALID", "content holds half a character (a lone surrogate).");
  if (highest !== undefined)
    for (const char of text)
      if ((char.codePointAt(0) ?? 0) > highest)
        throw new RuntimeError("CONTENT_INVALID", `content holds "${char}", which ${encoding} cannot hold.`);
  return Buffer.from(text, name);
}

function nameOf(encoding: string): "utf8" | "ascii" | "latin1" | "utf16le" {
  const name = NAMES[encoding.toLowerCase().replaceAll("_", "-")];
  if (name === undefined)
    throw new RuntimeError(
      "INPUT_INVALID",
      `encoding: "${encoding}" is not one of utf-8, ascii, latin-1, utf-16le.`,
    );
  return name;
}
