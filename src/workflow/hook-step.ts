import type { HookRequest } from "../contract/hooks.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { sensitivePointers } from "../kernel/validate.ts";
import type { LiveRun } from "./live-run.ts";
import { redactAt, redactSecrets } from "./redact.ts";

type Values = Readonly<Record<string, unknown>>;
type HookStep = Extract<HookRequest, { event: "pre_step" }>["step"];

/** What a governor is asked about: one attempt of a step, or of what takes it back. */
export type Subject = {
  readonly step: {
    readonly key: string;
    readonly spec: Pick<StepSpec, "agent_name" | "step_type" | "risk_level">;
  };
  readonly role: HookStep["role"];
  readonly attempt: number;
  /** `id` or `id@range`; null for a block or a question to a human. */
  readonly capability: string | null;
  readonly inputs: Values;
};

const shown = new WeakMap<Values, HookStep>();

/**
 * The step as the governor sees it, before an attempt as after it: without what its contract calls secret, and what
 * looks like a secret.
 *
 * @throws CAPABILITY_UNKNOWN, INPUT_INVALID for a reference that names none
 */
export function hookStep(live: LiveRun, subject: Subject): HookStep {
  const { step, role, attempt, inputs } = subject;
  const known = shown.get(inputs);
  if (known?.step_id === step.key && known.role === role && known.attempt === attempt) return known;
  const made = redactSecrets(describe(live, subject));
  shown.set(inputs, made);
  return made;
}

function describe({ kernel }: LiveRun, { step, role, attempt, capability, inputs }: Subject): HookStep {
  const contract = capability === null ? undefined : kernel.registry.capability(capability).spec;
  const { agent_name, step_type, risk_level } = step.spec;
  return {
    step_id: step.key,
    capability: contract?.id ?? null,
    inputs: contract === undefined ? inputs : redactAt(inputs, sensitivePointers(contract.inputs)),
    risk: {
      level: contract?.risk.level ?? risk_level,
      requires_handshake: contract?.risk.requires_approval ?? step_type === "HUMAN_APPROVAL",
    },
    step_type,
    agent_name,
    role,
    attempt,
  };
}

/** What a call of the subject's capability gave, without the same. */
export function hookOutputs({ kernel }: LiveRun, { capability }: Subject, outputs: Values): Values {
  if (capability === null) return redactSecrets(outputs);
  const pointers = sensitivePointers(kernel.registry.capability(capability).spec.outputs);
  return redactSecrets(redactAt(outputs, pointers));
}
