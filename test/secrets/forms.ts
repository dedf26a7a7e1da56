import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How programs usually write a value down, each as the bytes that would be found. */
export function formsOf(secret: string): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const texts: [string, string][] = [
    ["raw", secret],
    ["JSON", json],
    ["JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["URL", encodeURIComponent(secret)],
    ["form", new URLSearchParams([["", secret]]).toString().slice(1)],
    ["hex", bytes.toString("hex")],
    ["HEX", bytes.toString("hex").toUpperCase()],
    ["HTML", secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")],
    ["UTF-16", bytes.toString("utf16le")],
  ];
  for (const [name, encoding] of [
    ["base64", "base64"],
    ["base64url", "base64url"],
  ] as const)
    for (const shift of [0, 1, 2]) texts.push([`${name} at ${shift}`, innerBase64(bytes, shift, encoding)]);
  return new Map(
    texts.map(([name, text]) => [
      name,
      name === "UTF-16" ? Buffer.from(secret, "utf16le") : Buffer.from(text),
    ]),
  );
}

/** The part of a base64 text that the secret alone decides, where it begins so many bytes after a group of three. */
function innerBase64(bytes: Buffer, shift: number, encoding: "base64" | "base64url"): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .replaceAll("=", "");
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

/** Every place in which a secret can be found, in whatever form; empty where there is none. */
export function searchSecrets(secrets: readonly string[], places: ReadonlyMap<string, Buffer>): string[] {
  const found: string[] = [];
  for (const secret of secrets)
    for (const [form, bytes] of formsOf(secret))
      for (const [place, content] of places)
        if (content.includes(bytes)) found.push(`${secret} as ${form} in ${place}`);
  return found;
}

/** Every file below a directory. */
export function filesBelow(directory: string): Map<string, Buffer> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]),
  );
}
