import { RuntimeError } from "../contract/errors.ts";

type Variables = Readonly<Record<string, unknown>>;

/** What an unresolved template is: an error, or literal text. */
export type Unresolved = "error" | "keep";

/** One template inside a value: the path that it names, and where it stands. */
export type Reference = { readonly path: string; readonly at: readonly (string | number)[] };

const TEMPLATE = /\{\{\s*[A-Za-z0-9_.-]+\s*\}\}/g;
const MAX_TEXT = 64 * 1024 * 1024;
const MAX_DEPTH = 500;

/**
 * A value with its `{{ path }}` templates replaced. A text that is nothing but one template becomes the value itself,
 * whatever its type; inside other text an object or a list becomes JSON. Keys stay as they are, and what was put in
 * is never searched for templates again. Only own members are reachable.
 *
 * @throws TEMPLATE_UNRESOLVED unless `keep`; LIMIT_EXCEEDED where the result would be too large or too deep
 */
export function resolveTemplates(
  value: unknown,
  variables: Variables,
  unresolved: Unresolved,
  at: string,
): unknown {
  return new Resolver(variables, unresolved).resolve(value, at, 0);
}

/** Every template inside a value. */
export function templatesIn(value: unknown): Reference[] {
  const found: Reference[] = [];
  const visit = (inner: unknown, at: readonly (string | number)[]): void => {
    if (typeof inner === "string")
      for (const [template] of inner.matchAll(TEMPLATE)) found.push({ path: pathIn(template), at });
    else if (Array.isArray(inner)) for (const [index, item] of inner.entries()) visit(item, [...at, index]);
    else if (typeof inner === "object" && inner !== null)
      for (const [key, item] of Object.entries(inner)) visit(item, [...at, key]);
  };
  visit(value, []);
  return found;
}

class Resolver {
  readonly #variables: Variables;
  readonly #unresolved: Unresolved;
  #size = 0;

  constructor(variables: Variables, unresolved: Unresolved) {
    this.#variables = variables;
    this.#unresolved = unresolved;
  }

  resolve(value: unknown, at: string, depth: number): unknown {
    if (typeof value === "string") return this.#text(value, at);
    if (typeof value !== "object" || value === null) return value;
    if (depth === MAX_DEPTH)
      throw new RuntimeError("LIMIT_EXCEEDED", `${at.slice(0, 80)}… has more than ${MAX_DEPTH} levels.`);
    if (Array.isArray(value))
      return value.map((item, index) => this.resolve(item, `${at}[${index}]`, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.resolve(item, `${at}.${key}`, depth + 1)]),
    );
  }

  #text(text: string, at: string): unknown {
    if (!text.includes("{{")) return text;
    const matches = [...text.matchAll(TEMPLATE)];
    const [first] = matches;
    if (first !== undefined && first[0].length === text.length) return this.#value(text, at);
    let result = "";
    let end = 0;
    for (const match of matches) {
      const piece = text.slice(end, match.index) + toText(this.#value(match[0], at));
      this.#size += piece.length;
      if (this.#size > MAX_TEXT)
        throw new RuntimeError(
          "LIMIT_EXCEEDED",
          `The templates in ${at} give more than ${MAX_TEXT} characters.`,
        );
      result += piece;
      end = match.index + match[0].length;
    }
    return result + text.slice(end);
  }

  #value(template: string, at: string): unknown {
    const path = pathIn(template);
    const value = lookUp(this.#variables, path);
    if (value !== undefined) return value;
    if (this.#unresolved === "keep") return template;
    throw new RuntimeError("TEMPLATE_UNRESOLVED", `Nothing defines {{ ${path} }} in ${at}.`, {
      details: { path, at },
    });
  }
}

/** `{{ path }}` without its braces. */
function pathIn(template: string): string {
  return template.slice(2, -2).trim();
}

function lookUp(variables: Variables, path: string): unknown {
  let value: unknown = variables;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(part)) return undefined;
    if (!Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
