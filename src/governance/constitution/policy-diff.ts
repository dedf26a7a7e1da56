import type { CapabilitySpec } from "../../contract/capability.ts";
import { Receipt } from "../../contract/decide.ts";
import { digestOf } from "../../contract/digest.ts";
import { canonicalJson } from "../../contract/json.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import { engineOf } from "./cedar.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import type { RequestValues } from "./policy-request.ts";
import { decidedEntries, derivedValues, type ReplayOptions } from "./replay.ts";

export type PolicyDifference = {
  readonly seq: number;
  readonly run: string;
  readonly step: string;
  readonly capability: string;
  readonly before: Pick<Evaluation, "outcome" | "rules">;
  readonly after: Pick<Evaluation, "outcome" | "rules">;
};

/** Which of the recorded requests of a ledger two policy sets decide differently. `afterSeq`: only later ones. */
export function comparePolicies(
  before: PolicySet,
  after: PolicySet,
  {
    ledger,
    workspace,
    ruleRoots,
    afterSeq,
  }: Omit<ReplayOptions, "policySet"> & { readonly afterSeq?: number },
): { readonly requests: number; readonly differences: readonly PolicyDifference[] } {
  const [old, fresh] = [deciderOf(before), deciderOf(after)];
  const differences: PolicyDifference[] = [];
  let requests = 0;
  for (const { entry, isSealed, labels, prefix } of decidedEntries(ledger, afterSeq)) {
    if (entry.data.receipt === undefined) continue;
    const receipt = Receipt.parse(ledger.object(entry.data.receipt));
    const capability = ledger.object(entry.data.spec) as CapabilitySpec;
    const principal = ledger.object(entry.by) as Principal;
    const { seq, run, step } = entry;
    const { inputs, role } = entry.data;
    const request = { run, step, role, capability, inputs, principal, workspace, prefix };
    const valuesUnder = (set: PolicySet) => {
      const [read = { run: [], session: [] }] = labels.before(entry, set.session_hours);
      return derivedValues(request, receipt, set, isSealed, read, ruleRoots);
    };
    requests++;
    const [one, other] = [old(valuesUnder(before)), fresh(valuesUnder(after))];
    if (one.outcome === other.outcome) continue;
    differences.push({ seq, run, step, capability: capability.id, before: shown(one), after: shown(other) });
  }
  return { requests, differences };
}

function deciderOf(set: PolicySet): (values: RequestValues) => Evaluation {
  const engine = engineOf(digestOf(set), set);
  const known = new Map<string, Evaluation>();
  return (values) => {
    const key = canonicalJson(values);
    const evaluation = known.get(key) ?? evaluate(engine, values);
    known.set(key, evaluation);
    return evaluation;
  };
}

function shown({ outcome, rules }: Evaluation): PolicyDifference["before"] {
  return { outcome, rules };
}
