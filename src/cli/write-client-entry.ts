import { randomBytes } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { readJson } from "../contract/read-json.ts";
import type { ClientEntry } from "./mcp-clients.ts";

export type Written = {
  /** False where the entry was there already. */
  readonly changed: boolean;
  /** Where the file lies as it was before; null where there was none. */
  readonly backup: string | null;
};

/**
 * Puts an entry into the configuration of an MCP client, beside those that are there. The file is replaced as a whole
 * or not at all, and lies beside it as it was before.
 *
 * @throws CONTENT_INVALID for a file that is not plain JSON; STATE_CONFLICT where somebody changes it at the same
 * moment; OS_PERMISSION, DISK_FULL
 */
export function writeClientEntry(path: string, name: string, client: ClientEntry): Written {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = realPathOf(path);
    const before = readIf(file);
    const document = before === undefined ? {} : parse(before, path);
    const merged = merge(document, name, client, path);
    if (JSON.stringify(merged) === JSON.stringify(document)) return { changed: false, backup: null };
    const backup = before === undefined ? null : backUp(file);
    const text = `${JSON.stringify(merged, null, indentOf(before))}\n`;
    replace(file, text, before);
    return { changed: true, backup };
  } catch (error) {
    throw error instanceof RuntimeError ? error : fromSystem(error, path);
  }
}

type Document = Readonly<Record<string, unknown>>;

function merge(
  document: Document,
  name: string,
  { member, entry, inputs = [] }: ClientEntry,
  path: string,
): Document {
  const servers = document[member] ?? {};
  const known = document["inputs"] ?? [];
  if (!isObject(servers) || !Array.isArray(known))
    throw new RuntimeError("CONTENT_INVALID", `${path}: "${member}" is no object, or "inputs" no list.`);
  const missing = inputs.filter(({ id }) => !known.some((each) => isObject(each) && each["id"] === id));
  return {
    ...document,
    [member]: { ...servers, [name]: entry },
    ...(missing.length === 0 ? {} : { inputs: [...(known as unknown[]), ...missing] }),
  };
}

function parse(text: string, path: string): Document {
  if (text.trim() === "") return {};
  const tree = readJson(text.replace(/^\uFEFF/, ""));
  const [fault] = tree?.faults ?? [];
  if (tree !== undefined && fault === undefined && isObject(tree.value)) return tree.value;
  throw new RuntimeError(
    "CONTENT_INVALID",
    `${path} is not plain JSON${fault === undefined ? "" : ` (${fault.message})`}; comments would be lost. Add the entry by hand.`,
  );
}

function indentOf(text: string | undefined): string | number {
  const [, indent] = /\n([ \t]+)"/.exec(text ?? "") ?? [];
  return indent ?? 2;
}

/** A link stays one: what it leads to is replaced. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readIf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function backUp(file: string): string {
  const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 17);
  const backup = `${file}.${time}.bak`;
  copyFileSync(file, backup, constants.COPYFILE_EXCL);
  return backup;
}

function replace(file: string, text: string, before: string | undefined): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}.new`;
  const mode = before === undefined ? 0o600 : statSync(file).mode & 0o777;
  const descriptor = openSync(draft, "wx", mode);
  try {
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (readIf(file) !== before)
      throw new RuntimeError("STATE_CONFLICT", `${file} was changed at the same moment; try again.`);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
