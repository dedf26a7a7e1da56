import type { Path } from "../contract/spec-problems.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { contractIfKnown } from "./capability-of.ts";
import { checkCapabilities } from "./check-capabilities.ts";
import { checkFields } from "./check-fields.ts";
import { checkOrder } from "./check-order.ts";
import { checkReferences, type Findings } from "./check-references.ts";
import type { Schema } from "./scope.ts";
import { checkDeclaredInputs } from "./workflow-inputs.ts";
import { stepListsOf } from "./step-tree.ts";

/**
 * Everything in a workflow that cannot work, and what may not. `written` is the spec before its defaults; `given` are
 * names of inputs that come from outside.
 */
export async function checkWorkflow(
  spec: WorkflowSpec,
  written: unknown,
  registry: Registry,
  given: readonly string[] = [],
): Promise<Findings> {
  const lists = stepListsOf(spec);
  const fields = lists.flatMap(({ steps, path }) =>
    steps.flatMap((step, index) => checkFields(step, valueAt(written, [...path, index]), [...path, index])),
  );
  const order = lists.flatMap(checkOrder);
  const capabilities = checkCapabilities(spec, registry);
  const references = await checkReferences(spec, (id) => outputsOf(registry, id), given);
  return {
    problems: [...checkDeclaredInputs(spec), ...fields, ...order, ...capabilities, ...references.problems],
    warnings: references.warnings,
  };
}

function outputsOf(registry: Registry, id: string): Schema | undefined {
  return contractIfKnown(registry, id)?.outputs; // The error is reported where the capability is checked.
}

/** The path leads through lists and mappings that the schema has let pass. */
function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) found = (found as Readonly<Record<string | number, unknown>> | undefined)?.[step];
  return found;
}
