import { createHash } from "node:crypto";

import { RuntimeError } from "../contract/errors.ts";
import type { FileToWrite, WriteOptions } from "../contract/handler.ts";
import { checkNotNested, parentOf } from "./not-nested.ts";
import { refused } from "./path.ts";
import {
  locked,
  lookAtName,
  missingParents,
  perform,
  type Put,
  type Target,
  targetOf,
} from "./planned-effect.ts";
import type { PlannedFilesOptions } from "./planned-files.ts";
import type { PlannedFile, PlannedNode } from "./planned-tree.ts";

/** Writes files as one effect of a plan; mirrors `writeMany`. @throws ALREADY_EXISTS, FILE_NOT_FOUND, INPUT_INVALID, LIMIT_EXCEEDED, PATH_REFUSED */
export async function writeManyPlanned(
  options: PlannedFilesOptions,
  files: readonly FileToWrite[],
  { createDirs = false, overwrite = true }: WriteOptions = {},
): Promise<{ size: number; hash: string }[]> {
  const targets = files.map(({ path }) => targetOf(options, path));
  return locked(options, targets, async () => {
    const puts: Put[] = [];
    const directories = new Set<string>();
    const written = new Set<string>();
    const made = new Set<string>();
    const results: { size: number; hash: string }[] = [];
    for (const [index, { data, mode }] of files.entries()) {
      const target = targets[index] as Target;
      if (written.has(target.full))
        throw new RuntimeError("INPUT_INVALID", `"${target.given}" is written twice at once.`);
      checkNotNested(target, written, made);
      written.add(target.full);
      const above = createDirs ? missingParents(options, target, directories) : [];
      for (const { components } of above) made.add([...options.prefix, ...components].join("/"));
      puts.push(...above);
      const isNew = made.has(parentOf(target.full));
      const present = isNew ? undefined : whatIsThere(options, target, overwrite);
      const bytes = await collect(options, data);
      const file = newFile(options, bytes, present?.kind === "file" ? present.mode : mode);
      puts.push({ components: target.components, node: file });
      results.push({ size: bytes.length, hash: createHash("sha256").update(bytes).digest("hex") });
    }
    perform(options, puts);
    return results;
  });
}

function whatIsThere(
  options: PlannedFilesOptions,
  target: Target,
  overwrite: boolean,
): PlannedNode | undefined {
  const present = lookAtName(options, target);
  if (present?.kind === "dir") throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" is a directory.`);
  if (present?.kind === "link") throw refused(target.given, "is a link; links are not followed");
  if (present !== undefined && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" exists.`);
  return present;
}

async function collect({ tree, maxBytes }: PlannedFilesOptions, data: FileToWrite["data"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of typeof data === "string"
    ? [Buffer.from(data)]
    : data instanceof Uint8Array
      ? [data]
      : data) {
    size += chunk.length;
    if (size > maxBytes)
      throw new RuntimeError("LIMIT_EXCEEDED", `The content is larger than ${maxBytes} bytes.`);
    tree.reserve(0, chunk.length);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function newFile({ tree, now }: PlannedFilesOptions, bytes: Buffer, mode = 0o644): PlannedFile {
  tree.reserve(1, 0);
  return { kind: "file", origin: null, bytes, size: bytes.length, mode: mode & 0o777, mtimeMs: now() };
}
