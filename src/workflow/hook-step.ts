import type { HookRequest } from "../contract/hooks.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { sensitivePointers } from "../kernel/validate.ts";
import type { LiveRun } from "./live-run.ts";
import { redactAt } from "./redact.ts";

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

/** The step as the governor sees it. @throws CAPABILITY_UNKNOWN, INPUT_INVALID for a reference that names none */
export function hookStep(
  { kernel }: LiveRun,
  { step, role, attempt, capability, inputs }: Subject,
): HookStep {
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

/** What a call of the subject's capability gave, without what its contract calls secret. */
export function hookOutputs({ kernel }: LiveRun, { capability }: Subject, outputs: Values): Values {
  if (capability === null) return outputs;
  return redactAt(outputs, sensitivePointers(kernel.registry.capability(capability).spec.outputs));
}
