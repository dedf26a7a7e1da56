import type { Decision } from "../contract/decide.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import { hideSecrets } from "../kernel/hide-secrets.ts";
import { lockOf } from "../kernel/locks.ts";
import { stricter } from "../kernel/restriction.ts";
import { parseInputs } from "../kernel/validate.ts";
import { capabilityOf } from "./capability-of.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { restrictionOf } from "./policy.ts";
import { staysInside } from "../kernel/planned-call.ts";
import { callInside } from "./preview-inside.ts";
import { nameOutside } from "./preview-outside.ts";
import { failStep, PLANNED_RUN, type Preview, pretend, type Verdict } from "./preview-state.ts";
import { unknownInTemplates } from "./preview-unknown.ts";
import { leaveUnknown } from "./preview-unknown-step.ts";
import type { StepState } from "./state.ts";
import { stepInputs } from "./step-inputs.ts";

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
    const loaded = registry.capability(capabilityOf(spec));
    verdict = { decision: "deny", capability: loaded.spec };
    const { kernel, principal, state } = preview;
    await kernel.reach.capability({
      found: lockOf(loaded),
      role: "step",
      principal,
      facade: state.facade,
      runStartedAt: state.startedAt,
    });
    verdict = { ...verdict, decision: "fail" };
    const unknown = unknownInTemplates([spec.inputs, spec.idempotency_key], variables);
    if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
    const asked = parseInputs(loaded.spec, stepInputs(preview.state, step, variables));
    verdict = { ...verdict, inputs: hideSecrets(loaded.spec, asked) };
    const decision = await decide(preview, step, loaded, asked);
    if (decision.outcome === "deny") {
      verdict = { ...verdict, decision: "deny" };
      throw new RuntimeError("DENIED", `${loaded.spec.id} was refused: ${decision.reason}`);
    }
    const inputs = decision.inputs === undefined ? asked : parseInputs(loaded.spec, decision.inputs);
    const shownInputs = hideSecrets(loaded.spec, inputs);
    verdict = { ...verdict, inputs: shownInputs };
    const idempotencyKey = idempotencyKeyOf(spec, key, variables, `${PLANNED_RUN}/${key}`);
    intend(preview, step, loaded, inputs, idempotencyKey);
    const shown =
      decision.outcome === "step_up" || decision.outcome === "defer"
        ? ({ decision: "ask", note: decision.reason } as const)
        : ({ decision: "run" } as const);
    if (staysInside(loaded.spec))
      await callInside(preview, step, { loaded, inputs, idempotencyKey }, { ...verdict, ...shown });
    else nameOutside(preview, step, loaded.spec, { ...verdict, ...shown, inputs: shownInputs });
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
  const { kernel, principal, state, prefix } = preview;
  const request = {
    run: PLANNED_RUN,
    step: key,
    role: "step" as const,
    capability,
    specHash,
    inputs,
    principal,
    workspace: kernel.workspace.path,
    prefix,
  };
  try {
    return stricter(await kernel.decide(request), restrictionOf(state.spec, spec));
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
