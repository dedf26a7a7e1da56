import type { CapabilitySpec } from "../contract/capability.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { capabilityOf, contractIfKnown } from "./capability-of.ts";
import { hideSecrets } from "../kernel/hide-secrets.ts";
import { showInputs } from "./preview-inputs.ts";
import {
  blur,
  MAX_STEPS,
  mayChangeFiles,
  note,
  PLANNED_RUN,
  type Preview,
  pretend,
} from "./preview-state.ts";
import {
  type Dependency,
  hasOpenOutputs,
  stepsOfWorkflow,
  unknownOutputs,
  variablesSetBy,
} from "./preview-unknown.ts";
import type { RunState, StepState } from "./state.ts";

/** Shows a step, and all that is in it, as depending on what a plan cannot know; so does then what reads its outputs. */
export function leaveUnknown(
  preview: Preview,
  step: StepState,
  unknown: Dependency,
  variables: Readonly<Record<string, unknown>>,
): void {
  const { registry } = preview.kernel;
  const { key, spec } = step;
  const reason = `depends on ${unknown.path} of the step "${unknown.step}"`;
  const capability = contractOf(preview, spec);
  const inputs = showInputs(preview, step, variables);
  note(preview, step, {
    decision: "unknown",
    note: reason,
    capability,
    inputs: capability === undefined ? inputs : hideSecrets(capability, inputs),
  });
  let changesFiles = capability !== undefined && mayChangeFiles(capability);
  for (const inner of innerSteps(preview.state.subSpecs, key, spec)) {
    if (preview.steps.length >= MAX_STEPS) {
      changesFiles = true;
      break;
    }
    const contract = contractOf(preview, inner.spec);
    changesFiles ||= contract !== undefined && mayChangeFiles(contract);
    note(preview, inner, {
      decision: "unknown",
      note: `is in "${key}", which ${reason}`,
      capability: contract,
    });
  }
  if (changesFiles) blur(preview, key);
  const outputs = unknownOutputs(
    key,
    variablesSetBy(registry, preview.state.subSpecs, spec),
    capability !== undefined && hasOpenOutputs(capability),
  );
  const intent = {
    attempt: 1,
    capability: capability?.id ?? "",
    version: capability?.version ?? "",
    spec: "",
    idempotent: false,
    inputs: {},
    idempotencyKey: "",
  };
  const undo = capability?.undo.kind ?? "none";
  pretend(preview, {
    type: "step-intended",
    run: PLANNED_RUN,
    step: key,
    data: { ...intent, undo, rules: [], role: "step" },
  });
  pretend(preview, {
    type: "step-completed",
    run: PLANNED_RUN,
    step: key,
    data: { attempt: 1, outputs, durationMs: 0 },
  });
}

function contractOf({ kernel }: Preview, spec: StepSpec): CapabilitySpec | undefined {
  return spec.step_type === "ACTION" && spec.foreach === undefined
    ? contractIfKnown(kernel.registry, capabilityOf(spec))
    : undefined;
}

/** Every step that a block may run, whichever way it goes; a round of a foreach is shown once. */
function* innerSteps(
  subSpecs: RunState["subSpecs"],
  key: string,
  spec: StepSpec,
): Generator<Pick<StepState, "key" | "spec">> {
  const isLoop = spec.foreach !== undefined;
  for (const inner of isLoop ? roundOf(spec) : stepsIn(subSpecs, spec)) {
    const at = `${key}${isLoop ? "[*]" : ""}/${inner.name}`;
    yield { key: at, spec: inner };
    yield* innerSteps(subSpecs, at, inner);
  }
}

function roundOf({ foreach: _foreach, ...single }: StepSpec): readonly StepSpec[] {
  return single.steps ?? [single];
}

function stepsIn(
  subSpecs: RunState["subSpecs"],
  { workflow, then: yes = [], else: no = [], steps = [] }: StepSpec,
): readonly StepSpec[] {
  return workflow === undefined ? [...yes, ...no, ...steps] : stepsOfWorkflow(subSpecs, workflow);
}
