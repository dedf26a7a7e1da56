import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";

import type { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { pointerParts, pointerStep } from "../contract/json-pointer.ts";
import { suggest } from "../contract/nearest.ts";
import { showValue } from "../contract/spec-problems.ts";
import { boundedRegExp } from "./bounded-regexp.ts";
import { checkSchema } from "./check-schema.ts";
import { codePointsIn, type CompiledContract } from "./compiled-contract.ts";
import { copyJson } from "./copy-json.ts";
import { closed, createSchemaEngine } from "./schema-engine.ts";
import { sensitivePointers } from "./sensitive.ts";

export { sensitivePointers };

type Schema = Readonly<Record<string, unknown>>;
type Values = Record<string, unknown>;

/** One thing wrong with a value: a JSON pointer, and what is wrong there, without any secret. */
export type Mismatch = {
  readonly at: string;
  readonly message: string;
  /** An unknown field; something that only one of several alternatives asks for; or anything else. */
  readonly kind: "unknown" | "alternative" | "plain";
};

export type Validator = (
  values: unknown,
) => { readonly values: Values } | { readonly mismatches: readonly Mismatch[] };

const MAX_SHOWN = 10;
const cache = new WeakMap<object, Validator>();
const checkedBefore = new WeakSet<object>();
let engine: Ajv2020 | undefined;

/** A copy of the inputs with the defaults of the contract filled in. @throws INPUT_INVALID with every field that is wrong */
export function parseInputs(
  spec: Pick<CapabilitySpec, "id" | "inputs">,
  inputs: Readonly<Record<string, unknown>>,
): Values {
  const result = compileValidator(spec.inputs)(inputs);
  if ("values" in result) return result.values;
  throw mismatchError("INPUT_INVALID", `The inputs of ${spec.id} are not valid`, "inputs", result.mismatches);
}

/** A copy of the outputs. @throws OUTPUT_INVALID with every field that is wrong */
export function parseOutputs(spec: CapabilitySpec, outputs: Readonly<Record<string, unknown>>): Values {
  const result = compileValidator(spec.outputs)(outputs);
  if ("values" in result) return result.values;
  throw mismatchError(
    "OUTPUT_INVALID",
    `The outputs of ${spec.id} break its contract`,
    "outputs",
    result.mismatches,
  );
}

/**
 * A check of values against a JSON Schema 2020-12. It works on a copy, fills in defaults, and knows no field that the
 * schema does not name, unless the schema says `additionalProperties` itself.
 *
 * @throws SPEC_INVALID for a schema that is none, or that could harm the runtime
 */
export function compileValidator(schema: Schema): Validator {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const validator = validatorOf(schema, compile(schema));
  cache.set(schema, validator);
  return validator;
}

function validatorOf(schema: Schema, validate: ValidateFunction): Validator {
  const secrets = sensitivePointers(schema);
  return (values) => {
    const copied = copyJson(values);
    if ("fault" in copied) return { mismatches: [{ ...copied.fault, kind: "plain" }] };
    try {
      if (validate(copied.copy)) return { values: copied.copy as Values };
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error; // A pattern that took too long.
      return { mismatches: [{ at: "", message: error.message, kind: "plain" }] };
    }
    return { mismatches: (validate.errors ?? []).map((error) => mismatchOf(error, secrets)) };
  };
}

/** For the contracts of the package: a test has held them against the meta-schema, whose own compilation is slow. */
export function trustSchemas({ inputs, outputs }: CapabilitySpec): void {
  checkedBefore.add(inputs);
  checkedBefore.add(outputs);
}

/** Takes the validators that a build made for a contract. */
export function adoptValidators({ spec, validators }: CompiledContract): void {
  const made = validators(boundedRegExp, codePointsIn);
  for (const part of ["inputs", "outputs"] as const)
    cache.set(spec[part], validatorOf(spec[part], made[part]));
}

function compile(schema: Schema): ValidateFunction {
  checkSchema(schema);
  engine ??= createSchemaEngine();
  try {
    if (!checkedBefore.has(schema) && engine.validateSchema(schema) !== true)
      throw new Error(engine.errorsText());
    return engine.compile(closed(schema));
  } catch (error) {
    throw new RuntimeError(
      "SPEC_INVALID",
      `A schema is not valid: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
}

function mismatchOf(error: ErrorObject, secrets: readonly string[]): Mismatch {
  const { instancePath: at, data } = error;
  const kind = /\/(?:anyOf|oneOf|not|if|then|else)(?:\/|$)/.test(error.schemaPath) ? "alternative" : "plain";
  // A parent is not shown either: the secret is part of it.
  const isSecret = secrets.some(
    (secret) => at === secret || at.startsWith(`${secret}/`) || secret.startsWith(`${at}/`),
  );
  const got = isSecret ? " (the value is secret)" : ` (got ${showValue(data)})`;
  switch (error.keyword) {
    case "required":
      return { at: at + pointerStep(String(error.params["missingProperty"])), message: "is missing", kind };
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(error.params["additionalProperty"] ?? error.params["unevaluatedProperty"]);
      const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object);
      return {
        at: at + pointerStep(name),
        message: `is not a known field${suggest(name, known)}`,
        kind: kind === "plain" ? "unknown" : kind,
      };
    }
    case "enum":
      return {
        at,
        message: `must be one of ${(error.params["allowedValues"] as unknown[]).map(showValue).join(", ")}${got}`,
        kind,
      };
    case "const":
      return { at, message: `must be ${showValue(error.params["allowedValue"])}${got}`, kind };
    default:
      return { at, message: `${error.message ?? "is not valid"}${got}`, kind };
  }
}

function mismatchError(
  code: "INPUT_INVALID" | "OUTPUT_INVALID",
  subject: string,
  root: string,
  mismatches: readonly Mismatch[],
): RuntimeError {
  const details = mismatches
    .slice(0, MAX_SHOWN)
    .map(({ at, message }) => ({ path: [root, ...pointerParts(at)].join("."), message }));
  const more = mismatches.length > MAX_SHOWN ? `; and ${mismatches.length - MAX_SHOWN} more` : "";
  return new RuntimeError(
    code,
    `${subject}: ${details.map(({ path, message }) => `${path} ${message}`).join("; ")}${more}.`,
    { details },
  );
}
