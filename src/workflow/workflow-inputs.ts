import type { Problem } from "../contract/spec-problems.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { checkSchema } from "../kernel/check-schema.ts";
import { lookUp } from "../kernel/look-up.ts";
import { parseInputs, sensitivePointers } from "../kernel/validate.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs of a run with the defaults that its workflow declares; one that declares nothing takes anything. @throws INPUT_INVALID */
export function parseWorkflowInputs({ name, inputs }: WorkflowSpec, given: Inputs): Inputs {
  return inputs === undefined ? given : parseInputs({ id: name, inputs }, given);
}

/** JSON pointers to the secret ones, below the data of `run-started`. */
export function sensitiveInputs({ inputs }: WorkflowSpec): readonly string[] {
  return inputs === undefined ? [] : sensitivePointers(inputs, "/inputs");
}

/** What is wrong with the schema that a workflow declares. */
export function checkDeclaredInputs({ inputs }: WorkflowSpec): Problem[] {
  if (inputs === undefined) return [];
  const result = lookUp(() => checkSchema(inputs));
  return "error" in result ? [{ path: ["inputs"], message: result.error.message }] : [];
}
