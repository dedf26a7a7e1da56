import type { CapabilitySpec } from "../../contract/capability.ts";
import { type DecisionRequest, Receipt } from "../../contract/decide.ts";
import { digestOf } from "../../contract/digest.ts";
import type { Entry, EventOf } from "../../contract/entry.ts";
import { RuntimeError } from "../../contract/errors.ts";
import { canonicalJson, isObject } from "../../contract/json.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import { requestDigest } from "../../contract/request-digest.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { parsePath } from "../../workspace/path.ts";
import { factsOf } from "./call-facts.ts";
import { engineOf } from "./cedar.ts";
import { conflictsAmong } from "./data-classes.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { type Labels, LabelHistory } from "./label-history.ts";
import { project, type RequestValues, sorted, valuesOf } from "./policy-request.ts";
import { partsOf } from "./referred-paths.ts";

type DecidedEntry = Entry<EventOf<"step-intended"> | EventOf<"step-withheld">>;

export type ReplayFinding = {
  readonly seq: number;
  readonly run: string;
  readonly step: string;
  readonly kind: "policy" | "decision" | "argument";
  readonly message: string;
};

export type ReplayReport = {
  readonly ok: boolean;
  /** Entries with a decision of a constitution. */
  readonly decisions: number;
  readonly equal: number;
  /** Decisions of an embedding program's own policy, or from before there were receipts: nothing to derive. */
  readonly withoutReceipt: number;
  /** Decided about inputs that are sealed here: derived from the receipt alone. */
  readonly sealed: number;
  readonly findings: readonly ReplayFinding[];
};

export type ReplayOptions = {
  readonly ledger: Pick<Ledger, "entries" | "entry" | "object">;
  /** The policy set that an entry names, as the home has it. @throws LEDGER_CORRUPT where it is not there, or changed */
  readonly policySet: (digest: string) => PolicySet;
  readonly workspace: string;
  readonly ruleRoots: readonly string[];
};

const MAX_FINDINGS = 1000;

/**
 * Derives every decision of a ledger again: the receipt from the entry, its contract, its principal and what the
 * session had read before, and the outcome from the receipt's values and the policy set. Nothing is trusted that can
 * be computed; what only the home knew at that time (roles, panic, budgets) is taken from the receipt.
 */
export function replayDecisions(options: ReplayOptions): ReplayReport {
  const derive = createDerivation(options);
  const findings: ReplayFinding[] = [];
  const count = { decisions: 0, equal: 0, withoutReceipt: 0, sealed: 0 };
  for (const decided of decidedEntries(options.ledger)) {
    const { entry, isSealed } = decided;
    const { receipt } = entry.data;
    if (receipt === undefined) {
      count.withoutReceipt++;
      continue;
    }
    count.decisions++;
    if (isSealed) count.sealed++;
    const found = derive(decided, receipt);
    if (found === undefined) count.equal++;
    else if (findings.length < MAX_FINDINGS)
      findings.push({ seq: entry.seq, run: entry.run, step: entry.step, ...found });
  }
  return { ok: count.equal === count.decisions, ...count, findings };
}

type Decided = {
  readonly entry: DecidedEntry;
  /** Its inputs cannot be read any more. */
  readonly isSealed: boolean;
  readonly labels: LabelHistory;
  /** Of the run's directory. */
  readonly prefix: readonly string[];
};

/** Every entry after one that a decision led to, with what was known before it. */
export function* decidedEntries(ledger: ReplayOptions["ledger"], afterSeq = 0): Generator<Decided> {
  const labels = new LabelHistory(ledger);
  const prefixes = new Map<string, readonly string[]>();
  const prefixOf = (run: string): readonly string[] => {
    const [started] = ledger.entries({ run, types: ["run-started"], sealed: true });
    return started === undefined ? [] : parsePath(started.data.cwd);
  };
  if (afterSeq > 0)
    for (const entry of ledger.entries({ types: ["data-read"], ofLedger: true, beforeSeq: afterSeq + 1 }))
      labels.add(entry);
  for (const entry of ledger.entries({ types: TYPES, afterSeq, sealed: true })) {
    if (entry.type === "data-read") labels.add(entry);
    else if (entry.type === "step-intended" || entry.type === "step-withheld") {
      const revealed = hasSeal(entry.data.inputs) ? reveal(ledger, entry) : entry;
      const prefix = prefixes.get(entry.run) ?? prefixOf(entry.run);
      prefixes.set(entry.run, prefix);
      yield { entry: revealed ?? entry, isSealed: revealed === undefined, labels, prefix };
      labels.pass(entry.run);
    } else {
      if (entry.type === "run-started") prefixes.set(entry.run, parsePath(entry.data.cwd));
      labels.pass(entry.run);
    }
  }
}

const TYPES = [
  "run-started",
  "data-read",
  "step-intended",
  "step-withheld",
  "step-completed",
  "step-failed",
  "approval-decided",
] as const;

type Difference = Pick<ReplayFinding, "kind" | "message">;

function createDerivation({ ledger, policySet, workspace, ruleRoots }: ReplayOptions) {
  const sets = new Map<string, PolicySet>();
  const policyOf = (digest: string): PolicySet => {
    const set = sets.get(digest) ?? policySet(digest);
    if (!sets.has(digest) && digestOf(set) !== digest)
      throw new RuntimeError("LEDGER_CORRUPT", `The policy set ${digest} was changed.`);
    sets.set(digest, set);
    return set;
  };
  const evaluations = new Map<string, Evaluation>();
  const evaluationOf = (digest: string, set: PolicySet, values: RequestValues): Evaluation => {
    const key = `${digest} ${canonicalJson(values)}`;
    const known = evaluations.get(key) ?? evaluate(engineOf(digest, set), values);
    evaluations.set(key, known);
    return known;
  };

  return ({ entry, isSealed, labels, prefix }: Decided, reference: string): Difference | undefined => {
    const recorded = ledger.object(reference);
    const parsed = Receipt.safeParse(recorded, { jitless: true });
    if (!parsed.success || digestOf(recorded) !== reference)
      return { kind: "decision", message: `the receipt ${reference} is missing or was changed` };
    const receipt = parsed.data;
    const capability = ledger.object(entry.data.spec) as CapabilitySpec | undefined;
    if (capability === undefined || digestOf(capability) !== entry.data.spec)
      return { kind: "argument", message: `the contract ${entry.data.spec} is missing or was changed` };
    const { inputs } = entry.data;
    if (!isSealed && requestDigest(capability, entry.data.spec, inputs) !== entry.data.request)
      return { kind: "argument", message: "the inputs are not those that were decided about" };
    let set: PolicySet;
    try {
      set = policyOf(receipt.policySet);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      return { kind: "policy", message: error.message };
    }
    const principal = ledger.object(entry.by) as Principal;
    const { role, capability: id } = entry.data;
    if (id !== capability.id) return { kind: "argument", message: `${id} is not ${capability.id}` };
    const { run, step } = entry;
    const request = { run, step, role, capability, inputs, principal, workspace, prefix };
    let difference: Difference | undefined;
    for (const read of labels.before(entry, set.session_hours)) {
      const values = derivedValues(request, receipt, set, isSealed, read, ruleRoots);
      difference = valueDifference(receipt.values, values);
      if (difference === undefined)
        return outcomeDifference(entry, receipt, evaluationOf(receipt.policySet, set, values));
    }
    return difference;
  };
}

function valueDifference(stated: Receipt["values"], derived: RequestValues): Difference | undefined {
  for (const [path, value] of Object.entries(stated)) {
    const [then, now] = [canonicalJson(value), canonicalJson(project(derived, [path])[path] ?? null)];
    if (then !== now) return { kind: "argument", message: `${path} was ${then} and is derived as ${now}` };
  }
  return undefined;
}

/** What the policies see of a recorded request. */
export function derivedValues(
  request: Omit<DecisionRequest, "specHash">,
  receipt: Receipt,
  set: PolicySet,
  isSealed: boolean,
  labels: Labels,
  ruleRoots: readonly string[],
): RequestValues {
  const stated = receipt.values as RequestValues;
  // Of some sets a receipt has only the members that policies look for; these suffice to decide again.
  const texts = (attribute: string): readonly string[] =>
    sorted(
      Object.entries(stated).flatMap(([path, value]) =>
        partsOf(path).attribute === attribute && typeof value === "object" ? value : [],
      ),
    );
  const facts = factsOf(request, ruleRoots);
  const derived = valuesOf(request, receipt.roles, {
    ...facts,
    mode: set.mode,
    panic: stated["context.panic"] === true,
    workspace: request.workspace,
    labels: labels.run,
    session_labels: labels.session,
    conflicts: sorted([...facts.conflicts, ...conflictsAmong(labels.run)]),
    session_actions: texts("context.session_actions"),
    actions: Number(stated["context.actions"] ?? 0),
    over_budget: texts("context.over_budget"),
  });
  if (!isSealed) return derived;
  return { ...derived, ...Object.fromEntries(FROM_INPUTS.map((attribute) => [attribute, texts(attribute)])) };
}

const FROM_INPUTS = ["context.paths", "context.hosts", "context.protected", "context.conflicts"];

function outcomeDifference(
  entry: DecidedEntry,
  receipt: Receipt,
  { outcome, rules, reason, obligations }: Evaluation,
): Difference | undefined {
  const again = canonicalJson({ outcome, rules, reason, obligations });
  const then = canonicalJson({
    outcome: receipt.outcome,
    rules: receipt.rules,
    reason: receipt.reason,
    obligations: receipt.obligations,
  });
  if (again !== then) return { kind: "decision", message: `the receipt says ${then}, and it is ${again}` };
  const hasRules = receipt.rules.every((rule) => entry.data.rules.includes(rule));
  const isMilder =
    entry.type === "step-intended"
      ? outcome === "deny" ||
        (isAsk(outcome) &&
          entry.data.role === "step" &&
          entry.data.approval === undefined &&
          entry.data.coveredBy === undefined)
      : entry.data.outcome !== "deny" && outcome === "deny";
  if (!hasRules || isMilder)
    return { kind: "decision", message: `the entry does not follow ${outcome} by ${rules.join(", ")}` };
  return undefined;
}

function isAsk(outcome: Evaluation["outcome"]): boolean {
  return outcome === "step_up" || outcome === "defer";
}

/** The entry with its secrets and long texts, where the keys are there. */
function reveal(ledger: Pick<Ledger, "entry">, { seq }: DecidedEntry): DecidedEntry | undefined {
  try {
    return ledger.entry(seq) as DecidedEntry;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "PLAINTEXT_ERASED") return undefined;
    throw error;
  }
}

function hasSeal(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSeal);
  if (!isObject(value)) return false;
  return "$sealed" in value || "$erased" in value || "$blob" in value || Object.values(value).some(hasSeal);
}
