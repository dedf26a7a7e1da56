import { closeSync, fstatSync, readFileSync } from "node:fs";

import { RuntimeError } from "../contract/errors.ts";
import type { DirEntry } from "../contract/handler.ts";
import { listEntries } from "../workspace/list.ts";
import { parsePath, STATE_DIRECTORY } from "../workspace/path.ts";
import { openFile, walkDown } from "../workspace/walk.ts";
import type { Workspace } from "../workspace/workspace.ts";

const MAX_BYTES = 16 * 1024 * 1024;
const NOTHING: ReadonlySet<string> = new Set();
const OWN: ReadonlySet<string> = new Set([STATE_DIRECTORY]);

type Rooted = Pick<Workspace, "root">;

/** What lies in a directory of the workspace, without the runtime's own. @throws PATH_REFUSED, FILE_NOT_FOUND */
export function listFiles({ root }: Rooted, path: string): DirEntry[] {
  const components = parsePath(path);
  using directory = walkDown(root, components);
  return listEntries(directory, components.join("/"), components.length === 0 ? OWN : NOTHING);
}

/** A file of the workspace; no link is followed. @throws PATH_REFUSED, FILE_NOT_FOUND, LIMIT_EXCEEDED */
export function readWorkspaceFile({ root }: Rooted, path: string): Buffer {
  const components = parsePath(path);
  using parent = walkDown(root, components.slice(0, -1));
  const file = openFile(parent, components.at(-1) ?? ".", path);
  try {
    const { size } = fstatSync(file);
    if (size > MAX_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `"${path}" has ${size} bytes; at most ${MAX_BYTES} are shown.`,
      );
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
