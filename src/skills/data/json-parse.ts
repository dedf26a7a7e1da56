import type { Handler } from "../../contract/handler.ts";
import { canonicalJson } from "../../contract/json.ts";
import { parseJsonText } from "../json-text.ts";
import { limitResult } from "../result-size.ts";

type Input = { readonly json_string: string; readonly strict: boolean };

/** The value of a JSON text, and the same as canonical text. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { json_string, strict }) => {
  const text = json_string.startsWith("\uFEFF") ? json_string.slice(1) : json_string;
  const value = parseJsonText(strict ? text : tighten(text), "json_string");
  return { data: limitResult(canonicalJson(value), "data"), value, success: true };
};

const STRING = String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"?`;
const COMMENT = new RegExp(String.raw`${STRING}|//[^\n]*|/\*[^]*?(?:\*/|$)`, "g");
const LAST_COMMA = new RegExp(String.raw`${STRING}|(?<![[{,]\s*),(?=\s*[\]}])`, "g");
const CONTROL = /\p{Cc}/gu;

/** Strict JSON for a text with comments, commas before a closing bracket, or control characters inside strings. */
function tighten(text: string): string {
  const bare = text.replace(COMMENT, (found) =>
    found.startsWith('"') ? found.replace(CONTROL, escapeControl) : " ",
  );
  return bare.replace(LAST_COMMA, (found) => (found === "," ? "" : found));
}

function escapeControl(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
