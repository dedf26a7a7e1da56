import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { fromSystem } from "../contract/errors.ts";
import { refused, STATE_DIRECTORY } from "./path.ts";
import { type Directory, walkDown } from "./walk.ts";

/** A directory of the runtime's own, made if need be. @throws PATH_REFUSED where something else has its name */
export function ensureDirectory(parent: Directory, name: string): Directory {
  try {
    mkdirSync(parent.at(name), { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  try {
    return walkDown(parent, [name]);
  } catch (error) {
    throw refused(join(STATE_DIRECTORY, name), `cannot be used: ${fromSystem(error).message}`);
  }
}
