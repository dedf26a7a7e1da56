import { RuntimeError } from "../../contract/errors.ts";
import type { DirEntry, Handler } from "../../contract/handler.ts";
import { isHidden } from "./hidden.ts";

type Input = { readonly path: string; readonly recursive: boolean; readonly include_hidden: boolean };

const MAX_ENTRIES = 100_000;

/** What lies in a directory, sorted; links are named and not followed. @throws LIMIT_EXCEEDED */
export const handler: Handler<Input> = async ({ fs }, { path, recursive, include_hidden }) => {
  const entries: Record<string, unknown>[] = [];
  for await (const entry of recursive ? fs.walk(path) : await fs.list(path)) {
    if (!include_hidden && isHidden(entry.path, path)) continue;
    if (entries.length >= MAX_ENTRIES)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" holds more than ${MAX_ENTRIES} entries.`);
    entries.push(describe(entry));
  }
  return { entries, success: true };
};

function describe({ name, path, kind, size }: DirEntry): Record<string, unknown> {
  return { name, path, is_dir: kind === "dir", size, type: kind };
}
