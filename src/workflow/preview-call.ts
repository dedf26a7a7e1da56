import type { Decision } from "../contract/decide.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import { stricter } from "../kernel/restriction.ts";
import { parseInputs } from "../kernel/validate.ts";
import { restrictionOf } from "./policy.ts";
import { staysInside } from "./preview-handler.ts";
import { hideSecrets } from "./preview-inputs.ts";
import { callInside } from "./preview-inside.ts";
import { nameOutside } from "./preview-outside.ts";
import { failStep, PLANNED_RUN, type Preview, pretend, type Verdict } from "./preview-state.ts";
import { unknownInTemplates } from "./preview-unknown.ts";
import { leaveUnknown } from "./preview-unknown-step.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

type Variables = Readonly<Record<string, unknown>>;
type Inputs = Record<string, unknown>;

/**
 * Plans a step that runs a capability: where its inputs are known, it goes through all that a call does before it
 * acts. A refusal or a failure is what the plan shows; nothing is thrown.
 */
export async function previewCall(preview: Preview, step: StepState, variables: Variables): Promise<void> {
  const { spec, key } = step;
  const { registry } = preview.kernel;
  let verdict: Verdict = { decision: "fail" };
  try {
    const loaded = registry.capability(spec.capability_name ?? "");
    verdict = { ...verdict, capability: loaded.spec };
    const unknown = unknownInTemplates([spec.inputs, spec.idempotency_key], variables);
    if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
    const resolved = resolveTemplates(
      spec.inputs,
      variables,
      preview.state.spec.unresolved,
      `${key}.inputs`,
    ) as Inputs;
    const inputs = parseInputs(loaded.spec, resolved);
    verdict = { ...verdict, inputs: hideSecrets(loaded.spec, inputs) };
    const decision = await decide(preview, step, loaded, inputs);
    if (decision.outcome === "deny") {
      verdict = { ...verdict, decision: "deny" };
      throw new RuntimeError("DENIED", `${loaded.spec.id} was refused: ${decision.reason}`);
    }
    const idempotencyKey =
      spec.idempotency_key === undefined
        ? `${PLANNED_RUN}/${key}`
        : String(resolveTemplates(spec.idempotency_key, variables, "error", `${key}.idempotency_key`));
    intend(preview, step, loaded, inputs, idempotencyKey);
    const shown =
      decision.outcome === "step_up"
        ? ({ decision: "ask", note: decision.reason } as const)
        : ({ decision: "run" } as const);
    if (staysInside(loaded.spec))
      await callInside(preview, step, { loaded, inputs, idempotencyKey }, { ...verdict, ...shown });
    else nameOutside(preview, step, loaded.spec, { ...verdict, ...shown });
  } catch (error) {
    failStep(preview, step, error, verdict);
  }
}

async function decide(
  preview: Preview,
  { key, spec }: StepState,
  { spec: capability, specHash }: LoadedCapability,
  inputs: Inputs,
): Promise<Decision> {
  const { kernel, principal, state } = preview;
  const request = {
    run: PLANNED_RUN,
    step: key,
    capability,
    specHash,
    inputs,
    principal,
    workspace: kernel.workspace.path,
  };
  try {
    return stricter(
      await kernel.decide(request),
      restrictionOf(state.spec, spec, spec.capability_name ?? ""),
    );
  } catch (error) {
    return { outcome: "deny", rules: [], reason: `deciding about it failed: ${toFailure(error).message}` };
  }
}

function intend(
  preview: Preview,
  { key }: StepState,
  { spec, specHash }: LoadedCapability,
  inputs: Inputs,
  idempotencyKey: string,
): void {
  const { id: capability, version, idempotent } = spec;
  const data = {
    attempt: 1,
    capability,
    version,
    spec: specHash,
    undo: spec.undo.kind,
    idempotent,
    inputs,
    idempotencyKey,
  };
  pretend(preview, {
    type: "step-intended",
    run: PLANNED_RUN,
    step: key,
    data: { ...data, rules: [], role: "step" },
  });
}
