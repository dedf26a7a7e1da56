/** A value that a goal holds word for word. */
export type Literal = {
  /** `quoted` may be a text or a path; `url` and `path` stand without quotes. */
  readonly kind: "quoted" | "url" | "path";
  readonly value: string;
};

export type LexedGoal = {
  /** The goal in lower case, with one character of the private use area in the place of each literal. */
  readonly text: string;
  readonly literals: ReadonlyMap<string, Literal>;
};

const FIRST_MARK = 0xe000;
const LITERAL =
  /"([^"]*)"|“([^”]*)”|「([^」]*)」|『([^』]*)』|`([^`]*)`|(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])|(https?:\/\/[^\s"'“”「」，。；、<>]+)|((?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?(?:[./][A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+\/?|[A-Za-z0-9_~-][A-Za-z0-9_.~-]*\/)/gu;
const TRAILING = /[.,;:!?)\]]+$/;

/** Takes the literals out of a goal, so that words in quotes and in names are never read as words of the goal. */
export function lexGoal(goal: string): LexedGoal {
  const literals = new Map<string, Literal>();
  const keep = (literal: Literal): string => {
    const mark = String.fromCodePoint(FIRST_MARK + literals.size);
    literals.set(mark, literal);
    return ` ${mark} `;
  };
  const marked = goal
    .replaceAll(/[\u{E000}-\u{F8FF}]/gu, " ")
    .replaceAll(LITERAL, (whole: string, ...groups: unknown[]) => {
      const quoted = groups.slice(0, 6).find((group) => typeof group === "string");
      if (quoted !== undefined) return keep({ kind: "quoted", value: quoted });
      const bare = whole.replace(TRAILING, "");
      const rest = whole.slice(bare.length);
      const kind = groups[6] === undefined ? "path" : "url";
      return bare === "" ? whole : keep({ kind, value: bare }) + rest;
    });
  return { text: tidy(marked), literals };
}

/** One space between words, none beside Chinese letters, and no polite beginning or full stop. */
function tidy(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[。！!?？]+/gu, " ")
    .replaceAll(/[,，、]+/gu, ",")
    .replaceAll(/[;；]+/gu, ";")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/(?<=\p{Script=Han}) | (?=\p{Script=Han})/gu, "")
    .replaceAll(/ ?([,;]) ?/g, "$1 ")
    .trim()
    .replace(/[.,;: ]+$/, "")
    .replace(/^(?:please |kindly |请|请你|帮我|请帮我)+/, "");
}
