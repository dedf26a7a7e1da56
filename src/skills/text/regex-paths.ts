type Branches = { readonly done: number; readonly current: number; readonly last: number };

// V8 unrolls a counted repetition up to this often.
const MAX_UNROLLED = 3;

// With the flags i and u a word boundary becomes a choice between look-arounds.
const ASSERTIONS: ReadonlySet<string> = new Set(["^", "$", String.raw`\b`, String.raw`\B`]);
const ASSERTION_PATHS = 4;

/**
 * In how many ways a valid regular expression can be walked through without going round a loop. V8's compiler may
 * look at each of them, and cannot be interrupted while it does.
 */
export function countPaths(pattern: string): number {
  const token =
    /\\u\{[^}]*\}|\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)|[()|]|[*+]\??|\?\??|\{(\d+)(,?)(\d*)\}\??|[^]/gu;
  const outer: Branches[] = [];
  let group = startBranch(0);
  for (const [text, least, comma, most] of pattern.matchAll(token)) {
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
