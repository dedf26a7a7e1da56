import { resolve } from "node:path";

import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import { createSchemaEngine } from "../kernel/schema-engine.ts";
import { type BridgeCall, parseObject, readText } from "./call.ts";

/**
 * The caller's own schema for records: a check that says what is wrong with one. `undefined` where there is none.
 *
 * @throws INPUT_INVALID, FILE_NOT_FOUND before anything is run
 */
export function loadRecordSchema(
  call: BridgeCall,
  variable: string,
): ((record: unknown) => Failure | undefined) | undefined {
  const option = call.text("schemaPath");
  const path = option ?? call.io.env[variable];
  if (path === undefined || path === "") return undefined;
  const what = option === undefined ? variable : "--schema-path";
  const text = readText(resolve(call.io.cwd, path), `${what} "${path}"`);
  const validate = compile(parseObject(text, `${what} "${path}"`), `${what} "${path}"`);
  return (record) => {
    if (validate(record)) return undefined;
    const problems = (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || "the record"} ${message ?? "is not valid"}`,
    );
    const message = `The record does not fit the schema ${path}: ${problems.slice(0, 10).join("; ")}.`;
    return toFailure(new RuntimeError("INPUT_INVALID", message, { details: problems }));
  };
}

function compile(schema: Readonly<Record<string, unknown>>, what: string) {
  try {
    return createSchemaEngine().compile(schema);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("INPUT_INVALID", `${what} is no JSON Schema 2020-12: ${why}`, { cause });
  }
}
