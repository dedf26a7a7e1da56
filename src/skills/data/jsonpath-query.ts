import { JSONPathEnvironment, JSONPathError, JSONPathRecursionLimitError, type JSONPathNodeList, type JSONValue } from "json-p3";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { readJsonArgument } from "../json-argument.ts";
import { runWithTimeLimit } from "../time-limit.ts";

type Input = { readonly json_string: unknown; readonly path: string };

const LIMIT_MS = 500;
const MAX_RESULTS = 10_000;

/** What a JSONPath (RFC 9535) selects, with the normalized path of each. @throws CONTENT_INVALID, EXPRESSION_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { json_string, path }) => {
  const document = readJsonArgument(json_string, "json_string") as JSONValue;
  const nodes = runWithTimeLimit(LIMIT_MS, "path", () => query(path, document));
  if (nodes.length > MAX_RESULTS) throw new RuntimeError("LIMIT_EXCEEDED", `path selects more than ${MAX_RESULTS} values`);
  return { values: nodes.values(), paths: nodes.paths(), count: nodes.length, success: true };
};

function query(path: string, document: JSONValue): JSONPathNodeList {
  try {
    return new JSONPathEnvironment({ strict: true, maxRecursionDepth: 500 }).query(path, document);
  } catch (cause) {
    if (cause instanceof JSONPathRecursionLimitError)
      throw new RuntimeError("LIMIT_EXCEEDED", "json_string is nested too deeply for the path", { cause });
    if (!(cause instanceof JSONPathError)) throw cause;
    throw new RuntimeError("EXPRESSION_INVALID", `path: ${cause.message}`, { cause });
  }
}
