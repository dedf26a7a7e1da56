import { RuntimeError } from "../../contract/errors.ts";

export type MustacheNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string; readonly raw: boolean }
  | {
      readonly kind: "section";
      readonly name: string;
      readonly inverted: boolean;
      readonly children: MustacheNode[];
    };

type Tag = { readonly sigil: string; readonly content: string; readonly end: number };
type Open = { readonly name: string; readonly start: number; readonly children: MustacheNode[] };

// Each open section costs one level of recursion and one level of look-up.
const MAX_DEPTH = 100;

/**
 * The tree of a Mustache template. Takes time linear in its length.
 *
 * @throws CONTENT_INVALID, LIMIT_EXCEEDED
 */
export function parseMustache(template: string): MustacheNode[] {
  const root: MustacheNode[] = [];
  const open: Open[] = [];
  let delimiters: readonly [string, string] = ["{{", "}}"];
  let position = 0;
  for (;;) {
    const siblings = open.at(-1)?.children ?? root;
    const start = template.indexOf(delimiters[0], position);
    if (start < 0) {
      pushText(siblings, template.slice(position));
      break;
    }
    const tag = readTag(template, start, delimiters);
    const line = standaloneLine(template, start, tag);
    pushText(siblings, template.slice(position, Math.max(position, line?.start ?? start)));
    position = line?.end ?? tag.end;
    switch (tag.sigil) {
      case "":
      case "&":
      case "{":
        siblings.push({ kind: "value", name: tag.content, raw: tag.sigil !== "" });
        break;
      case "#":
      case "^": {
        if (open.length >= MAX_DEPTH)
          throw new RuntimeError("LIMIT_EXCEEDED", `template nests more than ${MAX_DEPTH} sections`);
        const children: MustacheNode[] = [];
        siblings.push({ kind: "section", name: tag.content, inverted: tag.sigil === "^", children });
        open.push({ name: tag.content, start, children });
        break;
      }
      case "/":
        if (open.pop()?.name !== tag.content)
          throw faulty(template, start, `"${tag.content}" is closed but not the open section`);
        break;
      case "=":
        delimiters = readDelimiters(template, start, tag.content);
        break;
      case ">":
        throw faulty(template, start, "partials are not supported");
    }
  }
  const unclosed = open.pop();
  if (unclosed !== undefined)
    throw faulty(template, unclosed.start, `section "${unclosed.name}" is not closed`);
  return root;
}

function readTag(template: string, start: number, [opening, closing]: readonly [string, string]): Tag {
  const sigil = /[#^/&{=>!]/y;
  sigil.lastIndex = start + opening.length;
  const kind = sigil.exec(template)?.[0] ?? "";
  const contentStart = start + opening.length + kind.length;
  const end = kind === "{" ? `}${closing}` : kind === "=" ? `=${closing}` : closing;
  const contentEnd = template.indexOf(end, contentStart);
  if (contentEnd < 0) throw faulty(template, start, `the tag has no ${end}`);
  return {
    sigil: kind,
    content: template.slice(contentStart, contentEnd).trim(),
    end: contentEnd + end.length,
  };
}

/** A tag that shows nothing and stands alone on its line takes the whole line away with it. */
function standaloneLine(
  template: string,
  tagStart: number,
  tag: Tag,
): { start: number; end: number } | undefined {
  if (!"#^/=!".includes(tag.sigil) || tag.sigil === "") return undefined;
  let start = tagStart;
  while (start > 0 && isBlank(template[start - 1])) start--;
  if (start > 0 && template[start - 1] !== "\n") return undefined;
  let end = tag.end;
  while (isBlank(template[end])) end++;
  if (end === template.length) return { start, end };
  if (template[end] === "\r") end++;
  return template[end] === "\n" ? { start, end: end + 1 } : undefined;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function readDelimiters(template: string, start: number, content: string): readonly [string, string] {
  const [opening, closing, ...rest] = content.split(/\s+/, 3);
  if (!opening || !closing || rest.length > 0 || content.includes("="))
    throw faulty(template, start, "delimiters are given as {{=<% %>=}}");
  return [opening, closing];
}

function pushText(nodes: MustacheNode[], text: string): void {
  if (text !== "") nodes.push({ kind: "text", text });
}

function faulty(template: string, position: number, what: string): RuntimeError {
  const line = template.slice(0, position).split("\n").length;
  return new RuntimeError("CONTENT_INVALID", `template line ${line}: ${what}`);
}
