import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { isObject } from "../../contract/json.ts";
import { parseJsonText } from "../json-text.ts";
import { limitResult } from "../result-size.ts";

type Input = {
  readonly template: string;
  readonly variables: string | Variables;
  readonly syntax: "mustache" | "jinja2" | "simple";
  readonly escape: "none" | "html";
};

type Variables = { readonly [name: string]: unknown };

/**
 * The template with its variables filled in. A template reaches nothing but them.
 *
 * @throws INPUT_INVALID, CONTENT_INVALID, LIMIT_EXCEEDED
 */
export const handler: Handler<Input> = async (_ctx, input) => {
  const variables = readVariables(input.variables);
  return { rendered: limitResult(await render(input, variables), "rendered"), success: true };
};

async function render({ template, syntax, escape }: Input, variables: Variables): Promise<string> {
  const hasTags = template.includes("{{") || (syntax === "jinja2" && /\{[%#]/.test(template));
  if (!hasTags) return template;
  const escapeText = escape === "html" ? (await import("./html-escape.ts")).escapeHtml : asIs;
  if (syntax === "simple")
    return (await import("./simple-template.ts")).renderSimple(template, variables, escapeText);
  if (syntax === "mustache")
    return (await import("./mustache.ts")).renderMustache(template, variables, escapeText);
  return (await import("./jinja.ts")).renderJinja(template, variables, escapeText);
}

function asIs(text: string): string {
  return text;
}

function readVariables(given: string | Variables): Variables {
  if (typeof given !== "string") return given;
  const value = parseJsonText(given, "variables");
  if (!isObject(value)) throw new RuntimeError("INPUT_INVALID", "variables must be a JSON object");
  return value;
}
