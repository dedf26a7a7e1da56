import { RuntimeError } from "../../contract/errors.ts";

const MAX_ALTERNATIVES = 64;

type Token = "any" | { readonly chars: string; readonly negated: boolean };
type Segment = "tree" | readonly Token[];

/**
 * A matcher for `*`, `?`, `[abc]`, `[!a-z]`, `{a,b}` and `**` as a whole component. It takes time in proportion to
 * pattern and path, whatever they are.
 *
 * @throws EXPRESSION_INVALID for brackets that are not closed, nested braces or more than 64 alternatives
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map((text) => text.split("/").map(toSegment));
  return (path) => {
    const names = path.split("/");
    return alternatives.some((segments) =>
      matches(segments, names, (segment, name) => (segment === "tree" ? "many" : matchName(segment, name))),
    );
  };
}

function matchName(tokens: readonly Token[], name: string): boolean {
  return matches(tokens, Array.from(name), (token, char) => {
    if (token === "any") return "many";
    return token.chars === "" ? !token.negated : inClass(token.chars, char) !== token.negated;
  });
}

/** Whether the parts of a pattern cover the items; a part may take one item, or any number of them. */
function matches<Part, Item>(
  parts: readonly Part[],
  items: readonly Item[],
  take: (part: Part, item: Item) => boolean | "many",
): boolean {
  let reachable = new Set([0]);
  const skipMany = (from: ReadonlySet<number>) => {
    const all = new Set(from);
    for (const index of all) if (isMany(parts[index])) all.add(index + 1);
    return all;
  };
  reachable = skipMany(reachable);
  for (const item of items) {
    const next = new Set<number>();
    for (const index of reachable) {
      const part = parts[index];
      if (part === undefined) continue;
      const taken = take(part, item);
      if (taken === "many") next.add(index);
      else if (taken) next.add(index + 1);
    }
    reachable = skipMany(next);
  }
  return reachable.has(parts.length);
}

function isMany(part: unknown): boolean {
  return part === "any" || part === "tree";
}

function inClass(chars: string, char: string): boolean {
  const list = Array.from(chars);
  for (let i = 0; i < list.length; i++) {
    const from = list[i] ?? "";
    const isRange = list[i + 1] === "-" && i + 2 < list.length;
    const to = isRange ? (list[i + 2] ?? "") : from;
    if (char >= from && char <= to) return true;
    if (isRange) i += 2;
  }
  return false;
}

function toSegment(text: string): Segment {
  if (text === "**") return "tree";
  const tokens: Token[] = [];
  const chars = Array.from(text);
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? "";
    if (char === "*") tokens.push("any");
    else if (char === "?") tokens.push({ chars: "", negated: false });
    else if (char === "[") {
      const end = chars.indexOf("]", i + 2);
      if (end === -1)
        throw new RuntimeError("EXPRESSION_INVALID", `pattern: "[" is not closed in "${text}".`);
      const negated = chars[i + 1] === "!" || chars[i + 1] === "^";
      tokens.push({ chars: chars.slice(i + (negated ? 2 : 1), end).join(""), negated });
      i = end;
    } else tokens.push({ chars: char, negated: false });
  }
  return tokens;
}

function expandBraces(pattern: string): string[] {
  let texts = [""];
  for (const [, plain = "", inner] of pattern.matchAll(/([^{}]*)(?:\{([^{}]*)\})?/g)) {
    const choices = inner === undefined ? [""] : inner.split(",");
    texts = texts.flatMap((text) => choices.map((choice) => text + plain + choice));
    if (texts.length > MAX_ALTERNATIVES)
      throw new RuntimeError("EXPRESSION_INVALID", `pattern has more than ${MAX_ALTERNATIVES} alternatives.`);
  }
  const consumed = pattern.replace(/\{[^{}]*\}/g, "");
  if (/[{}]/.test(consumed))
    throw new RuntimeError("EXPRESSION_INVALID", `pattern: braces are nested or not closed in "${pattern}".`);
  return texts;
}
