import { RuntimeError } from "../../contract/errors.ts";
import type { Context, DirEntry, Handler } from "../../contract/handler.ts";
import { checkPattern } from "../../contract/pattern-cost.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";
import { compileGlob } from "./glob-pattern.ts";
import { isHidden } from "./hidden.ts";

type Input = {
  readonly query: string;
  readonly path: string;
  readonly regex: boolean;
  readonly ignore_case: boolean;
  readonly files: string;
  readonly include_hidden: boolean;
  readonly max_matches: number;
};

type Match = { readonly path: string; readonly line: number; readonly column: number; readonly text: string };

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
const MAX_SHOWN = 500;
const LIMIT_MS = 250;

/**
 * The lines of text files that hold a text or match a regular expression. Binary files and files over 4 MiB are
 * counted in `files_skipped`.
 *
 * @throws EXPRESSION_INVALID, LIMIT_EXCEEDED
 */
export const handler: Handler<Input> = async (ctx, input) => {
  const find = compileQuery(input);
  const matches: Match[] = [];
  let files_searched = 0;
  let files_skipped = 0;
  let total = 0;
  for await (const entry of candidates(ctx, input)) {
    const content = entry.size > MAX_FILE_BYTES ? undefined : await readText(ctx, entry.path);
    if (content === undefined) {
      files_skipped += 1;
      continue;
    }
    total += entry.size;
    if (total > MAX_TOTAL_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `The files have more than ${MAX_TOTAL_BYTES} bytes; narrow path or files.`,
      );
    files_searched += 1;
    const left = input.max_matches + 1 - matches.length;
    matches.push(...runWithTimeLimit(LIMIT_MS, "query", () => searchText(entry.path, content, find, left)));
    if (matches.length > input.max_matches) break;
  }
  const truncated = matches.length > input.max_matches;
  return {
    matches: matches.slice(0, input.max_matches),
    files_searched,
    files_skipped,
    truncated,
    success: true,
  };
};

async function* candidates(
  { fs }: Context,
  { path, files, include_hidden }: Input,
): AsyncGenerator<DirEntry> {
  const isWanted = compileGlob(files.includes("/") ? files : `**/${files}`);
  const prefix = path === "." ? 0 : path.replace(/^\.\//, "").length + 1;
  for await (const entry of fs.walk(path))
    if (
      entry.kind === "file" &&
      (include_hidden || !isHidden(entry.path, path)) &&
      isWanted(entry.path.slice(prefix))
    )
      yield entry;
}

/** The text; `undefined` for a binary file and for one that may not be read because it has a second hard link. */
async function readText({ fs }: Context, path: string): Promise<string | undefined> {
  try {
    const bytes = await fs.read(path, { maxBytes: MAX_FILE_BYTES });
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "PATH_REFUSED") return undefined;
    throw error;
  }
}

type Find = (line: string) => number;

function compileQuery({ query, regex, ignore_case }: Input): Find {
  if (!regex) {
    const wanted = ignore_case ? query.toLowerCase() : query;
    return (line) => (ignore_case ? line.toLowerCase() : line).indexOf(wanted);
  }
  const expression = compile(query, ignore_case ? "iu" : "u");
  checkPattern(query, "query");
  return (line) => line.search(expression);
}

function compile(query: string, flags: string): RegExp {
  try {
    return new RegExp(query, flags);
  } catch (cause) {
    throw new RuntimeError("EXPRESSION_INVALID", `query: ${(cause as Error).message}`, { cause });
  }
}

function searchText(path: string, content: string, find: Find, atMost: number): Match[] {
  const found: Match[] = [];
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    const at = find(line);
    if (at === -1) continue;
    found.push({ path, line: index + 1, column: at + 1, text: line.slice(0, MAX_SHOWN).toWellFormed() });
    if (found.length >= atMost) break;
  }
  return found;
}
