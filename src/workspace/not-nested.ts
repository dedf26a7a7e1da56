import { RuntimeError } from "../contract/errors.ts";
import type { Target } from "./effect.ts";

type Paths = { has(path: string): boolean };

/**
 * One path cannot be a file and a directory in the same effect: `files` are those that it writes, `made` the
 * directories that it makes.
 *
 * @throws ALREADY_EXISTS
 */
export function checkNotNested({ given, full }: Target, files: Paths, made: Paths): void {
  if (made.has(full))
    throw new RuntimeError("ALREADY_EXISTS", `"${given}" is a directory that another file lies in.`);
  for (let above = parentOf(full); above !== ""; above = parentOf(above))
    if (files.has(above))
      throw new RuntimeError("ALREADY_EXISTS", `"${given}" lies in "${above}", which is written as a file.`);
}

/** The empty string for a path at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** @throws INPUT_INVALID where the source of a move or a copy and its destination are not apart */
export function checkApart(from: Target, to: Target): void {
  if (from.full === to.full)
    throw new RuntimeError("INPUT_INVALID", `Source and destination are the same: "${from.given}".`);
  if (to.full.startsWith(`${from.full}/`))
    throw new RuntimeError("INPUT_INVALID", `"${to.given}" lies inside "${from.given}".`);
  if (from.full.startsWith(`${to.full}/`))
    throw new RuntimeError("INPUT_INVALID", `"${from.given}" lies inside "${to.given}".`);
}
