import type { CapabilitySpec } from "../contract/capability.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";

const MAX_CALLS = 100;
const calls = new WeakMap<CapabilitySpec, Map<string, WorkflowSpec>>();

/** One step that calls a capability with these of its inputs; the same object each time, so that it is recorded once. */
export function singleCall(spec: CapabilitySpec, target: string, inputs: readonly string[]): WorkflowSpec {
  const known = calls.get(spec) ?? new Map<string, WorkflowSpec>();
  calls.set(spec, known);
  const key = JSON.stringify([target, ...inputs]);
  const call = known.get(key) ?? makeCall(spec, target, inputs);
  // Names of inputs may be the caller's own.
  if (known.size >= MAX_CALLS) known.clear();
  known.set(key, call);
  return call;
}

/** As the schema of workflows would fill it up, which most commands need for nothing else. */
function makeCall(
  { id, version, description, timeout_seconds }: CapabilitySpec,
  target: string,
  inputs: readonly string[],
): WorkflowSpec {
  return {
    name: id,
    version,
    description,
    steps: [
      {
        name: "call",
        agent_name: "",
        capability_name: target,
        inputs: Object.fromEntries(
          inputs.flatMap((name) => (name === "__proto__" ? [] : [[name, `{{ ${name} }}`]])),
        ),
        depends_on: [],
        max_retries: 3,
        timeout_seconds,
        risk_level: "MEDIUM",
        as: "item",
        max_concurrency: 16,
        step_type: "ACTION",
      },
    ],
    initial_state: {},
    metadata: {
      owner: "runtime",
      compliance_tags: [],
      audit_level: "STANDARD",
      retention_days: 90,
      environment: "dev",
    },
    policy: [],
    global_compensation_steps: [],
    max_execution_time_seconds: 3600,
    enable_auto_rollback: true,
    unresolved: "error",
  };
}
