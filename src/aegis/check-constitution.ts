import type { Constraints } from "../contract/constraints.ts";
import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { showPath } from "../contract/parse-spec.ts";
import type { PolicySet } from "../contract/policy-set.ts";
import type { Principal } from "../contract/principal.ts";
import type { CheckReport, Violation } from "../contract/quest.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { factsOf } from "../governance/constitution/call-facts.ts";
import { classesOf } from "../governance/constitution/data-classes.ts";
import { exhausted, type Spent } from "../governance/constitution/session-memory.ts";
import { whatIf } from "../governance/constitution/what-if.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { lockOf } from "../kernel/locks.ts";
import { restrictionOf } from "../workflow/policy.ts";
import { callsOf, type ForeseenCall } from "./calls-of.ts";
import { breachesOf, costOf } from "./hold-constraints.ts";

export type CheckRequest = Pick<Kernel, "registry" | "reach"> & {
  readonly spec: WorkflowSpec;
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly policy: { readonly digest: string; readonly set: PolicySet };
  readonly principal: Principal;
  readonly roles: readonly string[];
  readonly workspace: string;
  readonly ruleRoots: readonly string[];
  /** Of a quest; without one there are none. */
  readonly constraints?: Constraints;
  /** What the session has read and done already. */
  readonly before?: { readonly labels: readonly string[]; readonly spent: Spent };
};

type Finding = Omit<Violation, "id" | "step" | "path">;
type Circumstances = { labels: readonly string[]; spent: Spent };

const NOTHING: Spent = { actions: 0, capabilities: [], actionsOfRun: 0, high: 0, network: 0 };

/**
 * What the constitution in force, the chain, the workflow's own policy and a quest's constraints object to in a
 * workflow, before any of it runs: the policies themselves decide each call that can be foreseen, in order, as if those
 * before it had read what they declare. Nothing is recorded.
 */
export async function checkConstitution(request: CheckRequest): Promise<CheckReport> {
  const { spec, subSpecs, inputs, policy, constraints } = request;
  const digest = digestOf(spec);
  const now: Circumstances = { labels: [], spent: request.before?.spent ?? NOTHING };
  const violations: Violation[] = [];
  let cost = 0;
  const note = (call: ForeseenCall | undefined, found: Finding): void => {
    const step = call?.key ?? null;
    const path = call === undefined ? "" : placeOf(call);
    const id = `v-${digestOf({ digest, rule: found.rule, step, path, message: found.message }).slice(0, 12)}`;
    violations.push({ id, ...found, step, path });
  };
  for (const call of callsOf(spec, subSpecs, inputs)) {
    const loaded = await reached(request, call);
    if ("rule" in loaded) {
      note(call, loaded);
      continue;
    }
    cost += call.compensates ? 0 : costOf(loaded.spec);
    for (const found of findingsOf(request, call, loaded, now)) note(call, found);
    proceed(request, call, loaded, now);
  }
  const { max_cost: most, time_seconds: time } = constraints ?? {};
  if (most !== undefined && cost > most)
    note(undefined, {
      rule: "quest.cost",
      severity: "error",
      message: `The calls cost ${cost} units, and the quest allows ${most}.`,
      evidence: { cost, max_cost: most },
      remedy: "Raise max_cost, or do less.",
    });
  if (time !== undefined && spec.max_execution_time_seconds > time)
    note(undefined, {
      rule: "quest.time",
      severity: "error",
      message: `The workflow may run ${spec.max_execution_time_seconds} s, and the quest allows ${time} s.`,
      evidence: { max_execution_time_seconds: spec.max_execution_time_seconds, time_seconds: time },
      remedy: `Set max_execution_time_seconds to ${time}.`,
    });
  const ok = violations.every(({ severity }) => severity !== "error");
  return { ok, workflow: spec.name, digest, policySet: policy.digest, violations };
}

/** The capability of a call, or what the chain objects to. */
async function reached(
  { registry, reach, principal }: CheckRequest,
  { capability: reference, compensates }: ForeseenCall,
): Promise<LoadedCapability | Finding> {
  try {
    const loaded = registry.capability(reference);
    const role = compensates ? "compensation" : "step";
    await reach.capability({
      found: lockOf(loaded),
      role,
      runStartedAt: new Date().toISOString(),
      principal,
    });
    return loaded;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const { code, message, hint } = error;
    return {
      rule: `chain.${code.toLowerCase().replaceAll("_", "-")}`,
      severity: "error",
      message,
      evidence: { capability: reference },
      remedy: hint,
    };
  }
}

function findingsOf(
  request: CheckRequest,
  call: ForeseenCall,
  { spec: capability }: LoadedCapability,
  now: Circumstances,
): Finding[] {
  const { known, compensates } = call;
  const { policy, constraints } = request;
  const evidence = { capability: capability.id, inputs: known };
  const { outcome, rules, reason } = whatIf(policy.set, {
    ...request,
    capability,
    inputs: known,
    compensates,
    panic: false,
    labels: now.labels,
    sessionLabels: request.before?.labels ?? [],
    sessionActions: now.spent.capabilities,
    actions: now.spent.actions,
    overBudget: exhausted(policy.set.budgets, capability, now.spent),
  });
  const found: Finding[] = [];
  if (outcome !== "allow")
    for (const rule of rules)
      found.push({
        rule,
        severity: outcome === "deny" ? "error" : outcome === "modify" ? "warning" : "approval",
        message: `${capability.id}: ${reason || "its inputs would be changed"}.`,
        evidence: { ...evidence, labels: now.labels },
        remedy: REMEDIES[outcome],
      });
  if (!compensates) found.push(...ofWorkflow(call, evidence));
  if (constraints !== undefined && !compensates)
    for (const { rule, message, remedy } of breachesOf(constraints, capability, known))
      found.push({ rule, severity: "error", message, evidence, remedy });
  return [...found, ...unproven(request, call, capability)];
}

const REMEDIES = {
  deny: "Do without it, or have the policy changed: `airun policy propose`.",
  step_up: "A human will be asked when the step is due.",
  defer: "Somebody has to resolve it in time, else it is denied.",
  modify: "It runs with the inputs that the policy makes of these.",
} as const;

function ofWorkflow({ spec, step }: ForeseenCall, evidence: Finding["evidence"]): Finding[] {
  const restriction = restrictionOf(spec, step);
  if (restriction.outcome !== "deny" && restriction.outcome !== "step_up") return [];
  const severity = restriction.outcome === "deny" ? "error" : "approval";
  return restriction.rules.map((rule) => ({
    rule,
    severity,
    message: `${restriction.reason}.`,
    evidence,
    remedy: "Change the workflow's policy, or the step.",
  }));
}

const PATH_INPUT = /(?:^|_)(?:paths?|files?|dir|directory|source|destination|target|root)$/;
const URL_INPUT = /(?:^|_)ur[li]s?$/;

/** Paths that are written and addresses that are reached, and that only the run will know. */
function unproven(
  { constraints }: CheckRequest,
  { unknown }: ForeseenCall,
  { id, side_effects }: LoadedCapability["spec"],
): Finding[] {
  const writes = side_effects.includes("filesystem_write") || side_effects.includes("filesystem_delete");
  const isOpen = (name: string): boolean =>
    (writes && PATH_INPUT.test(name)) || (constraints?.hosts !== undefined && URL_INPUT.test(name));
  return unknown.filter(isOpen).map((name) => ({
    rule: "unproven",
    severity: "warning",
    message: `What "${name}" of ${id} will be is known only when a step before it has run.`,
    evidence: { capability: id, input: name },
    remedy: "It is decided again before the step runs.",
  }));
}

/** What is known once the call has been made. */
function proceed(
  request: CheckRequest,
  { known, compensates }: ForeseenCall,
  { spec: capability }: LoadedCapability,
  now: Circumstances,
): void {
  if (compensates) return;
  const facts = factsOf({ capability, inputs: known, workspace: request.workspace, prefix: [] }, []);
  const reads = capability.side_effects.includes("filesystem_read") ? facts.paths : [];
  now.labels = [...new Set([...now.labels, ...classesOf(capability, reads)])].sort();
  const isHigh = capability.risk.level === "HIGH" || capability.risk.level === "CRITICAL";
  const reachesNetwork = capability.side_effects.some((each) => each.startsWith("network_"));
  const { actions, capabilities, actionsOfRun, high, network } = now.spent;
  now.spent = {
    actions: actions + 1,
    capabilities: [...new Set([...capabilities, capability.id])].sort(),
    actionsOfRun: actionsOfRun + 1,
    high: high + (isHigh ? 1 : 0),
    network: network + (reachesNetwork ? 1 : 0),
  };
}

function placeOf({ workflow, path }: ForeseenCall): string {
  return workflow === "" ? showPath(path) : `${workflow}: ${showPath(path)}`;
}
