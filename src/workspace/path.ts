import { RuntimeError } from "../contract/errors.ts";

const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;

/** The runtime's own directory in every workspace; no path of a caller may name it. */
export const STATE_DIRECTORY = ".ai-first";

// Controls, zero-width and bidirectional characters: a name that looks like another one to an approver.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/u;

/**
 * The components of a relative path as a caller wrote it; a leading `./` is dropped and `.` alone is the directory
 * itself. Nothing is decoded or guessed: what is not plain is refused.
 *
 * @throws PATH_REFUSED
 */
export function parsePath(text: string): readonly string[] {
  if (text === ".") return [];
  if (text === "") throw refused(text, "is empty");
  if (Buffer.byteLength(text) > MAX_PATH_BYTES)
    throw refused(`${text.slice(0, 40)}…`, `is longer than ${MAX_PATH_BYTES} bytes`);
  if (!text.isWellFormed()) throw refused(text.toWellFormed(), "is not well-formed Unicode");
  if (INVISIBLE.test(text))
    throw refused(visible(text), "holds control, zero-width or bidirectional characters");
  if (text.normalize("NFC") !== text) throw refused(text, "is not in Unicode form NFC");
  if (text.includes("\\")) throw refused(text, "holds a backslash; components are separated by /");
  if (text.startsWith("/")) throw refused(text, "is absolute");
  if (text.startsWith("~")) throw refused(text, "begins with ~");
  const components = (text.startsWith("./") ? text.slice(2) : text).split("/");
  for (const name of components) checkName(text, name);
  return components;
}

function checkName(path: string, name: string): void {
  if (name === "") throw refused(path, "has an empty component (//, or / at the end)");
  if (name === "." || name === "..") throw refused(path, `has a component ${name}`);
  if (/[. ]$/.test(name)) throw refused(path, `has a component that ends with a dot or a space: "${name}"`);
  if (name.startsWith(" ")) throw refused(path, `has a component that begins with a space: "${name}"`);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw refused(path, `has a component longer than ${MAX_NAME_BYTES} bytes`);
  if (name.toLowerCase() === STATE_DIRECTORY)
    throw refused(path, `names the runtime's own directory ${STATE_DIRECTORY}`);
}

// Names through which a written file would be executed or give away secrets outside the runtime's control.
const PROTECTED = [/^\.git$/i, /^\.env(\..*)?$/i];

/**
 * For a path below the workspace's root.
 *
 * @throws PATH_REFUSED for what may be read but not changed: `.git`, `.env`, and `rules`, where the runtime's own lie
 */
export function checkWritable(
  components: readonly string[],
  rules: readonly (readonly string[])[] = [],
): void {
  const name = components.find((component) => PROTECTED.some((pattern) => pattern.test(component)));
  if (name !== undefined) throw refused(components.join("/"), `would change ${name}, which is protected`);
  if (rules.some((rule) => rule.every((each, index) => (components[index] ?? each) === each)))
    throw refused(components.join("/"), "would change what the runtime itself goes by");
}

export function refused(path: string, why: string): RuntimeError {
  return new RuntimeError("PATH_REFUSED", `The path "${path}" ${why}.`);
}

function visible(text: string): string {
  return text.replace(
    new RegExp(INVISIBLE, "gu"),
    (char) => `\\u{${Number(char.codePointAt(0)).toString(16)}}`,
  );
}
