import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { checkPattern } from "../../contract/pattern-cost.ts";
import { MAX_RESULT_BYTES } from "../result-size.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";

const FLAGS = {
  global: "g",
  ignorecase: "i",
  multiline: "m",
  dotall: "s",
  g: "g",
  i: "i",
  m: "m",
  s: "s",
} as const;

type Input = {
  readonly text: string;
  readonly pattern: string;
  readonly flags: readonly (keyof typeof FLAGS)[];
};

type Match = {
  readonly match: string;
  readonly groups: readonly (string | null)[];
  readonly named: { readonly [name: string]: string | null };
  readonly start: number;
  readonly end: number;
};

const LIMIT_MS = 250;
const MAX_MATCHES = 100_000;

/** The first match, or with `global` every match. @throws EXPRESSION_INVALID, CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { text, pattern, flags }) => {
  const letters = new Set(flags.map((flag) => FLAGS[flag]));
  const onlyFirst = !letters.has("g");
  const regex = compile(pattern, [...letters.add("g")].join(""));
  checkPattern(regex.source, "pattern");
  const matches = runWithTimeLimit(LIMIT_MS, "pattern", () => collect(text, regex, onlyFirst));
  return { matches, success: true };
};

function compile(pattern: string, flags: string): RegExp {
  // `(?P<name>` is Python's way to name a group; in a regular expression of ECMAScript it cannot mean anything else.
  const translated = pattern.replace(/\(\?P<(?=[A-Za-z_])/g, "(?<");
  for (const [source, mode] of [
    [pattern, "u"],
    [translated, "u"],
    [translated, ""],
  ] as const) {
    try {
      return new RegExp(source, flags + mode);
    } catch (cause) {
      if (mode === "")
        throw new RuntimeError("EXPRESSION_INVALID", `pattern: ${(cause as Error).message}`, { cause });
    }
  }
  throw new RuntimeError("EXPRESSION_INVALID", "pattern cannot be read");
}

function collect(text: string, regex: RegExp, onlyFirst: boolean): Match[] {
  const matches: Match[] = [];
  let size = 0;
  for (const found of text.matchAll(regex)) {
    const match = toMatch(found);
    size += [match.match, ...match.groups].reduce((sum, part) => sum + (part?.length ?? 0), 0);
    if (matches.length >= MAX_MATCHES || size > MAX_RESULT_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `pattern matches more than ${MAX_MATCHES} times or ${MAX_RESULT_BYTES} bytes`,
      );
    matches.push(match);
    if (onlyFirst) break;
  }
  return matches;
}

function toMatch(found: RegExpExecArray): Match {
  const [match, ...captured] = found;
  const groups = captured.map((group: string | undefined) => group ?? null);
  const named = Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, text]) => [name, text ?? null]),
  );
  if (![match, ...groups].every((part) => part === null || part.isWellFormed()))
    throw new RuntimeError("CONTENT_INVALID", "pattern splits a character in two");
  return { match, groups, named, start: found.index, end: found.index + match.length };
}
