import { RuntimeError } from "./errors.ts";

// About 20 optional parts in a row.
const MAX_PATHS = 1_048_576;
const MAX_COUNTED = 1e12;
const MAX_DEPTH = 100;

/**
 * Returns where the compiler of regular expressions is done with a valid pattern in time: it cannot be interrupted,
 * and takes exponential time for many ways through a pattern, and quadratic time for groups in groups.
 *
 * @throws LIMIT_EXCEEDED, with `what` as its subject
 */
export function checkPattern(pattern: string, what: string): void {
  if (deepest(pattern) > MAX_DEPTH)
    throw new RuntimeError("LIMIT_EXCEEDED", `${what} is nested more than ${MAX_DEPTH} deep`);
  if (countPaths(pattern) > MAX_PATHS)
    throw new RuntimeError("LIMIT_EXCEEDED", `${what} can be walked through in more than ${MAX_PATHS} ways`);
}

const TOKEN =
  /\\u\{[^}]*\}|\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)|[()|]|[*+]\??|\?\??|\{(\d+)(,?)(\d*)\}\??|[^]/gu;

function deepest(pattern: string): number {
  let [depth, most] = [0, 0];
  for (const [text] of pattern.matchAll(TOKEN)) {
    if (text.startsWith("(")) most = Math.max(most, (depth += 1));
    else if (text === ")") depth -= 1;
  }
  return most;
}

type Branches = { readonly done: number; readonly current: number; readonly last: number };

// V8 unrolls a counted repetition up to this often.
const MAX_UNROLLED = 3;

// With the flags i and u a word boundary becomes a choice between look-arounds.
const ASSERTIONS: ReadonlySet<string> = new Set(["^", "$", String.raw`\b`, String.raw`\B`]);
const ASSERTION_PATHS = 4;

/** In how many ways a valid regular expression can be walked through without going round a loop. */
export function countPaths(pattern: string): number {
  const outer: Branches[] = [];
  let group = startBranch(0);
  for (const [text, least, comma, most] of pattern.matchAll(TOKEN)) {
    const kind = text.startsWith("(") ? "(" : text.charAt(0);
    if (kind === "(") {
      outer.push(group);
      group = startBranch(0);
    } else if (kind === ")") {
      const paths = total(group);
      group = append(outer.pop() ?? startBranch(0), paths);
    } else if (kind === "|") {
      group = startBranch(total(group));
    } else if (kind === "?") {
      group = { ...group, current: group.current + group.current / group.last };
    } else if (kind === "{" && least !== undefined) {
      group = repeat(
        group,
        Number(least),
        comma === "" ? Number(least) : most === "" ? Infinity : Number(most),
      );
    } else if (kind !== "*" && kind !== "+") {
      group = append(group, ASSERTIONS.has(text) ? ASSERTION_PATHS : 1);
    }
    // Before the numbers grow beyond what can be divided.
    if (total(group) > MAX_COUNTED) return Infinity;
  }
  return total(group);
}

function startBranch(done: number): Branches {
  return { done, current: 1, last: 1 };
}

function total({ done, current }: Branches): number {
  return done + current;
}

function append({ done, current }: Branches, paths: number): Branches {
  return { done, current: current * paths, last: paths };
}

function repeat({ done, current, last }: Branches, least: number, most: number): Branches {
  const copies = Math.min(Number.isFinite(most) ? most : least, MAX_UNROLLED);
  const paths = (most > least ? last + 1 : last) ** copies;
  return { done, current: (current / last) * Math.max(paths, 1), last: Math.max(paths, 1) };
}
