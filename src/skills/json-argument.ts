import { parseJsonText } from "./json-text.ts";

/** An argument that is JSON text, or already the list or object that such a text stands for. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function readJsonArgument(given: unknown, field: string): unknown {
  return typeof given === "string" ? parseJsonText(given, field) : given;
}
