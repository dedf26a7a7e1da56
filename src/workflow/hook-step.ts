import type { CapabilitySpec } from "../contract/capability.ts";
import type { HookRequest } from "../contract/hooks.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { sensitivePointers } from "../kernel/validate.ts";
import type { LiveRun } from "./live-run.ts";
import { redactAt, redactSecrets } from "./redact.ts";

type Values = Readonly<Record<string, unknown>>;
type Schema = Parameters<typeof sensitivePointers>[0];
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

type Shown = { readonly step: HookStep; readonly contract: CapabilitySpec | undefined };

const shown = new WeakMap<Values, Shown>();

/**
 * The step as the governor sees it, before an attempt as after it: without what its contract calls secret, and what
 * looks like a secret. Its inputs are made when somebody first looks at them.
 *
 * @throws CAPABILITY_UNKNOWN, INPUT_INVALID for a reference that names none
 */
export function hookStep(live: LiveRun, subject: Subject): HookStep {
  return shownOf(live, subject).step;
}

/** What a call of the subject's capability gave, without the same; made when it is first asked for. */
export function hookOutputs(live: LiveRun, subject: Subject, outputs: Values): () => Values {
  const { contract } = shownOf(live, subject);
  return onceAsked(() => withoutSecrets(outputs, contract?.outputs));
}

function shownOf({ kernel }: LiveRun, subject: Subject): Shown {
  const { step, role, attempt, capability, inputs } = subject;
  const known = shown.get(inputs);
  if (known?.step.step_id === step.key && known.step.role === role && known.step.attempt === attempt)
    return known;
  const contract = capability === null ? undefined : kernel.registry.capability(capability).spec;
  const made = { step: describe(subject, contract), contract };
  shown.set(inputs, made);
  return made;
}

function describe({ step, role, attempt, inputs }: Subject, contract: CapabilitySpec | undefined): HookStep {
  const { step_type, risk_level } = step.spec;
  const plain = onceAsked(() => withoutSecrets(inputs, contract?.inputs));
  return {
    // As it is: governors know a step by it.
    step_id: step.key,
    capability: contract?.id ?? null,
    get inputs() {
      return plain();
    },
    risk: {
      level: contract?.risk.level ?? risk_level,
      requires_handshake: contract?.risk.requires_approval ?? step_type === "HUMAN_APPROVAL",
    },
    step_type,
    agent_name: agentOf(step.spec),
    role,
    attempt,
  };
}

const agents = new WeakMap<Subject["step"]["spec"], string>();

/** The same for every run of a workflow. */
function agentOf(spec: Subject["step"]["spec"]): string {
  const agent = agents.get(spec) ?? redactSecrets(spec.agent_name);
  agents.set(spec, agent);
  return agent;
}

function withoutSecrets(values: Values, schema: Schema | undefined): Values {
  return redactSecrets(schema === undefined ? values : redactAt(values, sensitivePointers(schema)));
}

function onceAsked<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
