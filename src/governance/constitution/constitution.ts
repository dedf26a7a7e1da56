import type { Decide, Decision, DecisionRequest, Observe, Receipt } from "../../contract/decide.ts";
import { canonicalJson } from "../../contract/json.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { factsOf } from "./call-facts.ts";
import { engineOf } from "./cedar.ts";
import { classesOf, conflictsAmong } from "./data-classes.ts";
import type { DecisionCache } from "./decision-cache.ts";
import { evaluate, type Evaluation, isEvaluation, isTexts } from "./evaluate.ts";
import { fulfil } from "./obligations.ts";
import {
  type CallContext,
  joined,
  partsOfRequest,
  project,
  type RequestParts,
  type RequestValues,
  sorted,
  valueAt,
} from "./policy-request.ts";
import { joinPaths, partsOf } from "./referred-paths.ts";
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

type Answer = {
  readonly evaluation: Evaluation;
  readonly seen: RequestValues;
  /** What was made of it, by roles. */
  readonly receipts: Map<string, Receipt>;
};

const MAX_IN_MEMORY = 10_000;

/** Evaluations by exactly what they depend on. */
export type Evaluations = {
  /** What the policies of a set look at. */
  readonly pathsOf: (digest: string, set: PolicySet) => readonly string[];
  readonly of: (digest: string, set: PolicySet, parts: RequestParts) => Answer;
};

/** What the policies of a set look at, in order; and what of it differs from call to call. */
type Looked = { readonly all: readonly string[]; readonly ofCall: readonly string[] };

const texts = new WeakMap<RequestValues, { readonly looked: readonly string[]; readonly text: string }>();

/** What the policies look at in a part that stays the same, as text. */
function textOf(part: RequestValues, looked: readonly string[]): string {
  const known = texts.get(part);
  if (known?.looked === looked) return known.text;
  const text = JSON.stringify(project(part, looked));
  texts.set(part, { looked, text });
  return text;
}

/** The same of a call: a line for each path in its order, empty for a set that has nothing of what is looked for. */
function textOfCall(call: RequestValues, looked: readonly string[]): string {
  let text = "";
  for (const path of looked) {
    const value = path.endsWith(".*") ? project(call, [path]) : valueAt(call, path);
    if (!Array.isArray(value) || value.length > 0) text += JSON.stringify(value);
    text += "\n";
  }
  return text;
}

/** In memory, and behind it in the cache. */
export function openEvaluations(cache: DecisionCache): Evaluations {
  const paths = new Map<string, Looked>();
  const answers = new Map<string, Answer>();

  const remembered = <Value>(
    key: string,
    isOne: (value: unknown) => value is Value,
    find: () => Value,
  ): Value => {
    const kept = cache.get(key);
    if (isOne(kept)) return kept;
    const found = find();
    cache.set(key, found);
    return found;
  };
  const lookedBy = (digest: string, set: PolicySet): Looked => {
    const known = paths.get(digest);
    if (known !== undefined) return known;
    const all = remembered(`looks ${digest}`, isTexts, () => [
      ...joinPaths([...engineOf(digest, set).facts.values()].flatMap(({ paths: own }) => own)),
    ]);
    const found = { all, ofCall: all.filter((path) => /^(?:context|action)\b/.test(path)) };
    paths.set(digest, found);
    return found;
  };

  return {
    pathsOf: (digest, set) => lookedBy(digest, set).all,
    of(digest, set, parts) {
      const { all: looked, ofCall } = lookedBy(digest, set);
      const { principal, resource, call } = parts;
      const inMemory =
        digest + textOf(principal, looked) + textOf(resource, looked) + textOfCall(call, ofCall);
      const known = answers.get(inMemory);
      if (known !== undefined) return known;
      const values = joined(parts);
      const seen = project(values, looked);
      const evaluation = remembered(`${digest} ${canonicalJson(seen)}`, isEvaluation, () =>
        evaluate(engineOf(digest, set), values),
      );
      const answer: Answer = { evaluation, seen, receipts: new Map() };
      if (answers.size >= MAX_IN_MEMORY) answers.clear();
      answers.set(inMemory, answer);
      return answer;
    },
  };
}
