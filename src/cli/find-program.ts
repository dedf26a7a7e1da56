import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { OWN_NODE } from "../foreign/mcp-stdio.ts";
import type { Io } from "./io.ts";

/** Where a program lies, as contracts and secrets name it; `node` is this runtime's own. @throws FILE_NOT_FOUND */
export function findProgram(name: string, { cwd, env }: Pick<Io, "cwd" | "env">): string {
  if (name === "node" || name === OWN_NODE) return OWN_NODE;
  const places = name.includes("/")
    ? [resolve(cwd, name)]
    : (env["PATH"] ?? "").split(delimiter).map((place) => join(place, name));
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new RuntimeError("FILE_NOT_FOUND", `There is no program ${JSON.stringify(name.slice(0, 100))}.`);
  return realpathSync(found);
}
