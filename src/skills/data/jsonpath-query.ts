import { JSONPathEnvironment, JSONPathError, JSONPathRecursionLimitError, type JSONValue } from "json-p3";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { checkPattern } from "../../contract/pattern-cost.ts";
import { readJsonArgument } from "../json-argument.ts";
import { MAX_RESULT_BYTES } from "../result-size.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";

type Input = { readonly json_string: unknown; readonly path: string };

type Selection = { readonly values: unknown[]; readonly paths: string[] };

const LIMIT_MS = 500;
const MAX_RESULTS = 10_000;

/** What a JSONPath (RFC 9535) selects, with the normalized path of each. @throws CONTENT_INVALID, EXPRESSION_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { json_string, path }) => {
  const document = readJsonArgument(json_string, "json_string") as JSONValue;
  const { values, paths } = runWithTimeLimit(LIMIT_MS, "path", () => query(path, document));
  return { values, paths, count: values.length, success: true };
};

function query(path: string, document: JSONValue): Selection {
  try {
    return collect(path, document);
  } catch (cause) {
    if (cause instanceof JSONPathRecursionLimitError)
      throw new RuntimeError("LIMIT_EXCEEDED", "json_string is nested too deeply for the path", { cause });
    if (!(cause instanceof JSONPathError)) throw cause;
    throw new RuntimeError("EXPRESSION_INVALID", `path: ${cause.message}`, { cause });
  }
}

function collect(path: string, document: JSONValue): Selection {
  const selection: Selection = { values: [], paths: [] };
  const environment = createEnvironment();
  let size = 0;
  for (const node of environment.lazyQuery(path, document)) {
    // A query can select a value together with all that it holds, over and over.
    size += JSON.stringify(node.value).length;
    if (selection.values.length >= MAX_RESULTS || size > MAX_RESULT_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `path selects more than ${MAX_RESULTS} values or ${MAX_RESULT_BYTES} bytes`,
      );
    selection.values.push(node.value);
    selection.paths.push(node.getPath({ form: "canonical" }));
  }
  return selection;
}

function createEnvironment(): JSONPathEnvironment {
  const environment = new JSONPathEnvironment({ strict: true, maxRecursionDepth: 500 });
  const { functionRegister } = environment;
  for (const name of ["match", "search"]) {
    const known = functionRegister.get(name);
    if (known === undefined) continue;
    functionRegister.set(name, {
      argTypes: known.argTypes,
      returnType: known.returnType,
      call(text: unknown, pattern: unknown) {
        if (typeof pattern === "string") checkPattern(pattern, `the pattern of ${name}()`);
        return known.call(text, pattern);
      },
    });
  }
  return environment;
}
