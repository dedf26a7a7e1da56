import { RuntimeError } from "../contract/errors.ts";

const MAX_DEPTH = 500;

/**
 * The value of a JSON text that can be written again as canonical JSON. `field` names the text in messages, which
 * never quote it.
 *
 * @throws CONTENT_INVALID; LIMIT_EXCEEDED for a nesting of more than 500
 */
export function parseJsonText(text: string, field: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RuntimeError("CONTENT_INVALID", `${field} is not JSON: ${placeOf(cause, text)}`, { cause });
  }
  checkJsonValue(value, field);
  return value;
}

/**
 * Refuses what a stored output cannot hold: lone surrogates, numbers that JSON cannot write, too deep a nesting.
 *
 * @throws CONTENT_INVALID, LIMIT_EXCEEDED
 */
export function checkJsonValue(value: unknown, field: string, depth = 0): void {
  if (typeof value === "string") checkWellFormed(value, field);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RuntimeError("CONTENT_INVALID", `${field} holds the number ${value}, which JSON cannot write`);
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH)
    throw new RuntimeError("LIMIT_EXCEEDED", `${field} is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) {
    for (const item of value) checkJsonValue(item, field, depth + 1);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    checkWellFormed(key, field);
    checkJsonValue(member, field, depth + 1);
  }
}

function checkWellFormed(text: string, field: string): void {
  if (!text.isWellFormed())
    throw new RuntimeError("CONTENT_INVALID", `${field} holds half of a surrogate pair`);
}

// Of V8's message only the position and the one character: the rest quotes the text, which may hold a secret.
function placeOf(cause: unknown, text: string): string {
  const message = cause instanceof Error ? cause.message : "";
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) {
    const character = /^Unexpected token '(.)'/u.exec(message)?.[1];
    return character === undefined ? "it ends too early" : `unexpected character "${character}"`;
  }
  const before = text.slice(0, Number(position));
  const line = before.split("\n").length;
  return `faulty at line ${line}, column ${before.length - before.lastIndexOf("\n")}`;
}
