import { parseDocument } from "yaml";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { canonicalJson } from "../../contract/json.ts";
import { checkJsonValue } from "../json-text.ts";
import { limitResult } from "../result-size.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";

type Input = { readonly yaml_string: string };

const PARSE_LIMIT_MS = 1000;
const MAX_ALIASES = 100;

/** The value of one YAML 1.2 document (core schema). @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { yaml_string }) => {
  const value = runWithTimeLimit(PARSE_LIMIT_MS, "yaml_string", () => parse(yaml_string));
  checkJsonValue(value, "yaml_string");
  limitResult(canonicalJson(value), "value");
  return { value, success: true };
};

function parse(text: string): unknown {
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    stringKeys: true,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const line = text.slice(0, problem.pos[0]).split("\n").length;
    const code = problem.code === "RESOURCE_EXHAUSTION" ? "LIMIT_EXCEEDED" : "CONTENT_INVALID";
    throw new RuntimeError(code, `yaml_string line ${line}: ${problem.code}`, { cause: problem });
  }
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    throw new RuntimeError("LIMIT_EXCEEDED", `yaml_string expands more than ${MAX_ALIASES} aliases`, {
      cause,
    });
  }
}
