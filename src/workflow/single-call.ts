import type { CapabilitySpec } from "../contract/capability.ts";
import { WorkflowSpec } from "../contract/workflow.ts";

const MAX_CALLS = 100;
const calls = new WeakMap<CapabilitySpec, Map<string, WorkflowSpec>>();

/** One step that calls a capability with these of its inputs; the same object each time, so that it is recorded once. */
export function singleCall(spec: CapabilitySpec, target: string, inputs: readonly string[]): WorkflowSpec {
  const known = calls.get(spec) ?? new Map<string, WorkflowSpec>();
  calls.set(spec, known);
  const key = JSON.stringify([target, ...inputs]);
  const call =
    known.get(key) ??
    WorkflowSpec.parse({
      name: spec.id,
      version: spec.version,
      description: spec.description,
      metadata: { owner: "runtime" },
      steps: [
        {
          name: "call",
          capability_name: target,
          inputs: Object.fromEntries(inputs.map((name) => [name, `{{ ${name} }}`])),
          timeout_seconds: spec.timeout_seconds,
        },
      ],
    });
  // Names of inputs may be the caller's own.
  if (known.size >= MAX_CALLS) known.clear();
  known.set(key, call);
  return call;
}
