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

const shown = new WeakMap<Values, HookStep>();

/**
 * The step as the governor sees it, before an attempt as after it: without what its contract calls secret, and what
 * looks like a secret. Its inputs are made when somebody first looks at them.
 *
 * @throws CAPABILITY_UNKNOWN, INPUT_INVALID for a reference that names none
 */
export function hookStep(live: LiveRun, subject: Subject): HookStep {
  const { step, role, attempt, inputs } = subject;
  const known = shown.get(inputs);
  if (known?.step_id === step.key && known.role === role && known.attempt === attempt) return known;
  const made = describe(live, subject);
  shown.set(inputs, made);
  return made;
}

function describe({ kernel }: LiveRun, { step, role, attempt, capability, inputs }: Subject): HookStep {
  const contract = capability === null ? undefined : kernel.registry.capability(capability).spec;
  const { step_type, risk_level } = step.spec;
  const plain = onceAsked(() => withoutSecrets(inputs, contract?.inputs));
  return {
    ...namesOf(step),
    capability: contract?.id ?? null,
    get inputs() {
      return plain();
    },
    risk: {
      level: contract?.risk.level ?? risk_level,
      requires_handshake: contract?.risk.requires_approval ?? step_type === "HUMAN_APPROVAL",
    },
    step_type,
    role,
    attempt,
  };
}

const named = new WeakMap<Subject["step"]["spec"], Pick<HookStep, "step_id" | "agent_name">>();

/** The same for every run of a workflow, but for the items of a `foreach`. */
function namesOf({ key, spec }: Subject["step"]): Pick<HookStep, "step_id" | "agent_name"> {
  const known = named.get(spec);
  if (known?.step_id === key) return known;
  const made = redactSecrets({ step_id: key, agent_name: spec.agent_name });
  named.set(spec, made);
  return made;
}

/** What a call of the subject's capability gave, without the same; made when it is first asked for. */
export function hookOutputs({ kernel }: LiveRun, { capability }: Subject, outputs: Values): () => Values {
  const contract = capability === null ? undefined : kernel.registry.capability(capability).spec;
  return onceAsked(() => withoutSecrets(outputs, contract?.outputs));
}

function withoutSecrets(values: Values, schema: Schema | undefined): Values {
  return redactSecrets(schema === undefined ? values : redactAt(values, sensitivePointers(schema)));
}

function onceAsked<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
