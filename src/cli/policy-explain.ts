import { type Decision, Receipt } from "../contract/decide.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import { recordedPolicy } from "../governance/constitution/activation.ts";
import { visible } from "../kernel/consent.ts";
import { localPrincipal } from "../kernel/home.ts";
import { parseInputs } from "../kernel/validate.ts";
import type { Runtime } from "../workflow/runtime.ts";
import { readInputs } from "./run-inputs.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action, Session } from "./session.ts";
import { visibleLines } from "./text.ts";

type Explanation = {
  readonly run: string | null;
  readonly step: string | null;
  readonly capability: string;
  readonly outcome: string;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly receipt: Receipt | null;
};

/** Why a run's steps were decided as they were, or how a call would be decided now. */
export const policyExplain: Action = async (session) => {
  await using runtime = await session.open();
  const [what = "", step] = session.args;
  const explanations = runtime.registry.capabilityIds().includes(what.replace(/@.*$/s, ""))
    ? [await wouldBe(session, runtime, what)]
    : ofRun(runtime, resolveRun(runtime.ledger, what), step);
  session.emit(explanations, () => explanations.flatMap((each) => render(each, runtime, session)));
  return 0;
};

async function wouldBe(session: Session, runtime: Runtime, reference: string): Promise<Explanation> {
  const { spec, specHash } = runtime.registry.capability(reference);
  const inputs = parseInputs(spec, await readInputs(session, runtime.registry, reference));
  const decision: Decision = await runtime.policy({
    run: "",
    step: "",
    role: "step",
    capability: spec,
    specHash,
    inputs,
    principal: localPrincipal("cli", session.io.env),
    workspace: runtime.workspace,
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

function ofRun({ ledger }: Runtime, run: string, step: string | undefined): Explanation[] {
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

function render(
  { step, capability, outcome, rules, reason, receipt }: Explanation,
  { homeLedger }: Runtime,
  { style: { colors } }: Session,
): string[] {
  const policies = receipt === null ? {} : recordedPolicy(homeLedger, receipt.policySet).policies;
  return [
    `${colors.bold(outcome)} ${capability}${step === null ? "" : `  ${visible(step)}`}${reason === "" ? "" : `: ${visible(reason)}`}`,
    `  rules       ${rules.map(visible).join(", ")}`,
    ...(receipt === null
      ? []
      : [
          `  policy set  ${receipt.policySet}`,
          ...Object.entries(receipt.values).map(
            ([path, value]) => `  ${colors.dim(path)} = ${visible(canonicalJson(value))}`,
          ),
        ]),
    ...rules.flatMap((rule) => {
      const text = policies[rule];
      return text === undefined ? [] : ["", ...visibleLines(text.trim()).map((line) => `    ${line}`)];
    }),
  ];
}
