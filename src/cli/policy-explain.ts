import { canonicalJson } from "../contract/json.ts";
import { recordedPolicy } from "../governance/constitution/activation.ts";
import { visible } from "../kernel/consent.ts";
import { localPrincipal } from "../kernel/home.ts";
import { explainCall, explainRun, type Explanation } from "../operate/explain-decision.ts";
import type { Runtime } from "../workflow/runtime.ts";
import { readInputs } from "./run-inputs.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action, Session } from "./session.ts";
import { visibleLines } from "./text.ts";

/** Why a run's steps were decided as they were, or how a call would be decided now. */
export const policyExplain: Action = async (session) => {
  await using runtime = await session.open();
  const [what = "", step] = session.args;
  const explanations = runtime.registry.capabilityIds().includes(what.replace(/@.*$/s, ""))
    ? [await wouldBe(session, runtime, what)]
    : explainRun(runtime, resolveRun(runtime.ledger, what), step);
  session.emit(explanations, () => explanations.flatMap((each) => render(each, runtime, session)));
  return 0;
};

async function wouldBe(session: Session, runtime: Runtime, reference: string): Promise<Explanation> {
  const inputs = await readInputs(session, runtime.registry, reference);
  return explainCall(runtime, localPrincipal("cli", session.io.env), reference, inputs);
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
