import { readFileSync } from "node:fs";

import { RuntimeError } from "../contract/errors.ts";
import type { FileToWrite, WriteOptions } from "../contract/handler.ts";
import type { Change, Image } from "../contract/image.ts";
import { Effect, type Target, targetOf } from "./effect.ts";
import type { FilesOptions } from "./files-options.ts";
import { missingParents } from "./missing-parents.ts";
import { checkNotNested, parentOf } from "./not-nested.ts";
import { refused } from "./path.ts";
import { type Staged, stageFile } from "./stage.ts";

const MAX_MERGE_BYTES = 256 * 1024;

/** Writes files as one effect. @throws ALREADY_EXISTS, FILE_NOT_FOUND, INPUT_INVALID, LIMIT_EXCEEDED, PATH_REFUSED */
export async function writeMany(
  options: FilesOptions,
  files: readonly FileToWrite[],
  writeOptions: WriteOptions = {},
): Promise<{ size: number; hash: string }[]> {
  const targets = files.map(({ path }) => targetOf(options, path));
  using effect = await Effect.open(options, targets);
  const staged = new Map<string, Staged>();
  const changes: Change[] = [];
  const directories = new Set<string>();
  const made = new Set<string>();
  try {
    for (const [index, file] of files.entries()) {
      const target = targets[index] as Target;
      if (staged.has(target.full))
        throw new RuntimeError("INPUT_INVALID", `"${target.given}" is written twice at once.`);
      checkNotNested(target, staged, made);
      const above = writeOptions.createDirs === true ? missingParents(options, target, directories) : [];
      for (const { path } of above) made.add(path);
      changes.push(...above);
      const before = made.has(parentOf(target.full))
        ? effect.nothing(target)
        : await whatIsThere(options, effect, target, writeOptions.overwrite !== false);
      const built = await stageFile(
        options.workspace.staging,
        file.data,
        before.kind === "file" ? before.mode : file.mode,
        options.maxBytes,
      );
      staged.set(target.full, built);
      if (before.kind === "file") await keepForMerge(options, built);
      changes.push({ after: built.image, before, path: target.full });
    }
    await effect.perform("write", changes, staged);
  } catch (error) {
    await effect.discard(staged.values());
    throw error;
  }
  return targets.map(({ full }) => writtenAs(staged.get(full)?.image));
}

async function whatIsThere(
  { workspace }: FilesOptions,
  effect: Effect,
  target: Target,
  overwrite: boolean,
): Promise<Image> {
  const present = await effect.look(target, { keep: workspace.blobs });
  if (present.kind === "dir") throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" is a directory.`);
  if (present.kind === "link") throw refused(target.given, "is a link; links are not followed");
  if (present.kind !== "absent" && !overwrite)
    throw new RuntimeError("ALREADY_EXISTS", `"${target.given}" exists.`);
  return present;
}

/** An undo can merge with a later foreign edit only if it knows what was written. */
async function keepForMerge({ workspace }: FilesOptions, { name, image }: Staged): Promise<void> {
  if (image.kind !== "file" || image.size > MAX_MERGE_BYTES) return;
  await workspace.blobs.keepBytes(readFileSync(workspace.staging.at(name)));
}

function writtenAs(image: Image | undefined): { size: number; hash: string } {
  return image?.kind === "file" ? { size: image.size, hash: image.hash } : { size: 0, hash: "" };
}
