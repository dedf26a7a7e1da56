import { createRequire } from "node:module";

import type * as Engine from "ajv/dist/2020.js";
import type { Ajv2020, CodeOptions } from "ajv/dist/2020.js";

import { boundedRegExp } from "./bounded-regexp.ts";

/** The name under which generated code knows the regular expressions. */
export const REG_EXP_IN_CODE = "boundedRegExp";

/** A compiler of JSON Schemas 2020-12; it does not hold them against the meta-schema by itself. */
export function createSchemaEngine(code: Pick<CodeOptions, "source"> = {}): Ajv2020 {
  // Loaded with the first schema that nobody compiled before: the start of the program does without.
  const { Ajv2020: Ajv } = createRequire(import.meta.url)("ajv/dist/2020.js") as typeof Engine;
  const regExp = Object.assign(boundedRegExp, { code: REG_EXP_IN_CODE });
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    validateFormats: false,
    validateSchema: false,
    addUsedSchema: false,
    inlineRefs: false,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
    logger: false,
    code: { ...code, regExp },
  });
  ajv.addKeyword({ keyword: "x-sensitive", schemaType: "boolean" });
  return ajv;
}

/** A schema that says nothing about fields it does not name knows no others. */
export function closed(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const saysSo = "additionalProperties" in schema || "unevaluatedProperties" in schema;
  return saysSo ? schema : { ...schema, additionalProperties: false };
}
