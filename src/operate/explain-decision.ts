import { type Decision, Receipt } from "../contract/decide.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { parseInputs } from "../kernel/validate.ts";
import type { Runtime } from "../workflow/runtime.ts";

export type Explanation = {
  readonly run: string | null;
  readonly step: string | null;
  readonly capability: string;
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly receipt: Receipt | null;
};

/** How a call would be decided now. @throws CAPABILITY_UNKNOWN, INPUT_INVALID */
export async function explainCall(
  { registry, policy, workspace }: Pick<Runtime, "registry" | "policy" | "workspace">,
  principal: Principal,
  reference: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Explanation> {
  const { spec, specHash } = registry.capability(reference);
  const decision: Decision = await policy({
    run: "",
    step: "",
    role: "step",
    capability: spec,
    specHash,
    inputs: parseInputs(spec, given),
    principal,
    workspace,
    prefix: [],
  });
  return {
    run: null,
    step: null,
    capability: spec.id,
    outcome: decision.outcome,
    rules: decision.rules,
    reason: "reason" in decision ? decision.reason : "",
    receipt: decision.receipt ?? null,
  };
}

/** Why a run's steps were decided as they were. @throws RUN_UNKNOWN, INPUT_INVALID where nothing was decided */
export function explainRun(
  { ledger }: Pick<Runtime, "ledger">,
  run: string,
  step: string | undefined,
): Explanation[] {
  const types = ["step-intended", "step-withheld"] as const;
  const entries = [...ledger.entries({ run, types, sealed: true })].filter(
    (entry) => step === undefined || entry.step === step,
  );
  if (entries.length === 0)
    throw new RuntimeError(
      "INPUT_INVALID",
      `Nothing was decided in the run ${run}${step === undefined ? "" : ` about a step "${step}"`}.`,
    );
  return entries.map((entry) => explained(entry, ledger));
}

function explained(
  { run, step, type, data }: Entry<EventOf<"step-intended"> | EventOf<"step-withheld">>,
  ledger: Runtime["ledger"],
): Explanation {
  const { success, data: receipt } = Receipt.safeParse(
    data.receipt === undefined ? undefined : ledger.object(data.receipt),
  );
  return {
    run,
    step,
    capability: data.capability,
    outcome: type === "step-withheld" ? data.outcome : "approval" in data ? "approved" : "allow",
    rules: data.rules,
    reason: success ? receipt.reason : "",
    receipt: success ? receipt : null,
  };
}
