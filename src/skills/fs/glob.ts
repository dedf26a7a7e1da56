import type { Handler } from "../../contract/handler.ts";
import { compileGlob } from "./glob-pattern.ts";
import { isHidden } from "./hidden.ts";

type Input = {
  readonly pattern: string;
  readonly path: string;
  readonly include_hidden: boolean;
  readonly max_results: number;
};

/** The files below a directory whose path from there matches; links are not followed. @throws EXPRESSION_INVALID */
export const handler: Handler<Input> = async ({ fs }, { pattern, path, include_hidden, max_results }) => {
  const isMatch = compileGlob(pattern);
  const prefix = path === "." ? 0 : path.replace(/^\.\//, "").length + 1;
  const matches: string[] = [];
  let truncated = false;
  for await (const entry of fs.walk(path)) {
    if (entry.kind === "dir" || (!include_hidden && isHidden(entry.path, path))) continue;
    if (!isMatch(entry.path.slice(prefix))) continue;
    truncated = matches.length >= max_results;
    if (truncated) break;
    matches.push(entry.path);
  }
  return { matches, truncated, success: true };
};
