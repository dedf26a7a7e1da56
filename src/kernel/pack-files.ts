import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

import { sha256 } from "../contract/digest.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";

/** The text files of a pack, by their path below its directory. */
export type PackFiles = Readonly<Record<string, string>>;

/** Instead of a handler's digest, where a capability came without code. */
export const NO_CODE = "none";

const SPEC = "[a-z0-9_@.-]+\\.(?:ya?ml|json)";
const PLACES = new RegExp(
  `^(?:${SPEC}|capabilities/${SPEC}|handlers/[a-z0-9_]+\\.m?[jt]s|pack\\.lock|README\\.md|LICENSE)$`,
  "i",
);
const PACK_FILE = /^pack\.(ya?ml|json)$/;
const WORKFLOW_FILE = new RegExp(`^${SPEC}$`, "i");
const HANDLER = /^handlers\/(.+)\.[a-z]+$/;
const MAX_FILES = 200;
const MAX_BYTES = 1024 * 1024;

/**
 * Everything that a pack's directory holds. A handler is one file named after its capability, so that its digest
 * covers all of its code; any other file would be code that nobody approved, and is refused.
 *
 * @throws SPEC_INVALID naming what does not belong there; LIMIT_EXCEEDED, FILE_NOT_FOUND
 */
export function readPackDirectory(directory: string): PackFiles {
  const files = new Map<string, string>();
  let bytes = 0;
  for (const entry of list(directory)) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    if (!entry.isFile() || !PLACES.test(path))
      throw new RuntimeError(
        "SPEC_INVALID",
        `${directory}: ${path} does not belong in a pack; it holds pack.yaml, workflows, capabilities/*.yaml, handlers/*.mjs, pack.lock, README.md and LICENSE.`,
      );
    bytes += statSync(join(directory, path)).size;
    if (bytes > MAX_BYTES || files.size >= MAX_FILES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `${directory}: a pack has at most ${MAX_FILES} files and ${MAX_BYTES} bytes.`,
      );
    files.set(path, readText(join(directory, path)));
  }
  return Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A path and its text. */
export type PackFile = [path: string, text: string];

/** The file that declares the pack. */
export function packFileOf(files: PackFiles): PackFile | undefined {
  return Object.entries(files).find(([path]) => PACK_FILE.test(path));
}

/** The workflows. */
export function workflowFilesOf(files: PackFiles): PackFile[] {
  const declaring = packFileOf(files)?.[0];
  return Object.entries(files).filter(([path]) => WORKFLOW_FILE.test(path) && path !== declaring);
}

/** The specs of the pack's own capabilities. */
export function capabilityFilesOf(files: PackFiles): PackFile[] {
  return Object.entries(files).filter(([path]) => path.startsWith("capabilities/"));
}

/** The code of the capability in a spec file, as its digest. */
export function handlerHashIn(files: PackFiles, specFile: string): string {
  const name = basename(specFile).replace(/(@.*)?\.[a-z]+$/, "");
  const code = Object.entries(files).find(([path]) => HANDLER.exec(path)?.[1] === name);
  return code === undefined ? NO_CODE : sha256(code[1]);
}

/** Paths of handlers that belong to no capability of the pack. */
export function strayHandlersIn(files: PackFiles): string[] {
  const names = capabilityFilesOf(files).map(([path]) => basename(path).replace(/(@.*)?\.[a-z]+$/, ""));
  return Object.keys(files).filter((path) => {
    const name = HANDLER.exec(path)?.[1];
    return name !== undefined && !names.includes(name);
  });
}

function list(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true });
  } catch (error) {
    throw fromSystem(error, `The directory "${directory}"`);
  }
}

function readText(path: string): string {
  try {
    // A byte that is no UTF-8 would be lost on the way into the ledger, and with it what the digest covers.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError)
      throw new RuntimeError("SPEC_INVALID", `${path}: is not a text in UTF-8.`, { cause: error });
    throw fromSystem(error, `The file "${path}"`);
  }
}
