import type { Decide, Decision, DecisionRequest, Observe, Receipt } from "../../contract/decide.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { factsOf } from "./call-facts.ts";
import { classesOf, conflictsAmong } from "./data-classes.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Answer, Evaluations } from "./evaluations.ts";
import { fulfil } from "./obligations.ts";
import { type CallContext, partsOfRequest, type RequestParts, sorted } from "./policy-request.ts";
import { partsOf } from "./referred-paths.ts";
import { askingOf } from "./requirement.ts";
import { exhausted, openSessionMemory, type Spent } from "./session-memory.ts";

export type ConstitutionOptions = {
  /** Of the workspace: what the sessions did. */
  readonly ledger: Ledger;
  /** The policy set that is in force now. */
  readonly policy: () => { readonly digest: string; readonly set: PolicySet };
  readonly rolesOf: (principal: Principal) => readonly string[];
  readonly isPanic: (request: DecisionRequest) => boolean;
  readonly evaluations: Evaluations;
  /** Directories of policies, specs and packs. */
  readonly ruleRoots: readonly string[];
  readonly now: () => number;
};

export type Constitution = { readonly decide: Decide; readonly observe: Observe };

/**
 * Decides by the policy set in force. Cedar is asked only about values that no earlier decision under the same policy
 * set had: a decision depends on exactly what its policies look at.
 */
export function openConstitution(options: ConstitutionOptions): Constitution {
  const { policy, rolesOf, isPanic, evaluations, ruleRoots } = options;
  const memory = openSessionMemory(options.ledger, options.now);

  const partsFor = (
    request: DecisionRequest,
    roles: readonly string[],
    set: PolicySet,
    spent: Spent,
  ): RequestParts => {
    const facts = factsOf(request, ruleRoots);
    const labels = memory.labels(request, sessionMsOf(set));
    const context: CallContext = {
      ...facts,
      mode: set.mode,
      panic: isPanic(request),
      workspace: request.workspace,
      labels: labels.run,
      session_labels: labels.session,
      conflicts: sorted([...facts.conflicts, ...conflictsAmong(labels.run)]),
      session_actions: spent.capabilities,
      actions: spent.actions,
      over_budget: exhausted(set.budgets, request.capability, spent),
    };
    return partsOfRequest(request, roles, context);
  };

  const conclude = (request: DecisionRequest, digest: string, set: PolicySet, spent: Spent): Decision => {
    const roles = rolesOf(request.principal);
    const answer = evaluations.of(digest, set, partsFor(request, roles, set, spent));
    return toDecision(request, set, answer.evaluation, receiptOf(digest, answer, roles));
  };

  return {
    decide(request) {
      const { digest, set } = policy();
      if (!needsHistory(evaluations.pathsOf(digest, set), set))
        return conclude(request, digest, set, NOTHING);
      return memory.spent(request, sessionMsOf(set)).then((spent) => {
        const decision = conclude(request, digest, set, spent);
        if (decision.outcome === "allow" || decision.outcome === "modify") memory.reserve(request);
        return decision;
      });
    },
    observe(request, pathsRead) {
      const labels = classesOf(request.capability, pathsRead);
      if (labels.length > 0) memory.read(request, labels, sessionMsOf(policy().set));
    },
  };
}

function sessionMsOf({ session_hours }: PolicySet): number {
  return session_hours * 3_600_000;
}

const NOTHING: Spent = { actions: 0, capabilities: [], actionsOfRun: 0, high: 0, network: 0 };
const HISTORY = new Set(["context.session_actions", "context.actions", "context.*"]);

function needsHistory(paths: readonly string[], { budgets }: PolicySet): boolean {
  if (paths.some((path) => HISTORY.has(partsOf(path).attribute))) return true;
  return (
    paths.some((path) => partsOf(path).attribute === "context.over_budget") && Object.keys(budgets).length > 0
  );
}

function toDecision(
  { inputs }: DecisionRequest,
  set: PolicySet,
  { outcome, rules, reason, obligations }: Evaluation,
  receipt: Receipt,
): Decision {
  const changed = obligations.length === 0 ? undefined : fulfil(inputs, obligations);
  const grounds = { rules, receipt, ...(changed === undefined ? {} : { inputs: changed }) };
  switch (outcome) {
    case "allow":
      return { ...grounds, outcome };
    case "modify":
      return { ...grounds, outcome, inputs: changed ?? inputs };
    case "step_up":
      return { ...grounds, outcome, reason, timeoutSeconds: set.step_up_seconds, ...askingOf(set, rules) };
    case "deny":
      return { ...grounds, outcome, reason };
    case "defer":
      return { ...grounds, outcome, reason, timeoutSeconds: set.defer_seconds, ...askingOf(set, rules) };
    default:
      return outcome satisfies never;
  }
}

/** The same receipt for the same grounds, so that it is written out, and held against the ledger, once. */
function receiptOf(
  policySet: string,
  { evaluation, seen, receipts }: Answer,
  roles: readonly string[],
): Receipt {
  const key = JSON.stringify(roles);
  const known = receipts.get(key);
  if (known !== undefined) return known;
  const receipt: Receipt = { policySet, ...evaluation, roles: [...roles], values: seen };
  receipts.set(key, receipt);
  return receipt;
}
