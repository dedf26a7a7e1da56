import { digestOf } from "../../contract/digest.ts";
import type { CapabilityHistory, Pattern, Suggestion } from "../../contract/skill-memory.ts";
import { shareBetween } from "./evidence.ts";
import type { History } from "./fold-history.ts";

/** What the chain says about packs. */
export type PackStanding = {
  readonly name: string;
  readonly version: string;
  /** It came with the package. */
  readonly isShipped: boolean;
  readonly workflows: readonly string[];
  /** How many runs this ledger has since it became ACTIVE. */
  readonly runsSince: number;
};

export type SuggestRequest = {
  readonly history: History;
  readonly capabilities: readonly CapabilityHistory[];
  readonly patterns: readonly Pattern[];
  readonly packs: readonly PackStanding[];
  /** Seconds that a contract gives the capability; `undefined` where it is not known. */
  readonly timeoutOf: (capability: string, version: string) => number | undefined;
};

const MIN_CALLS = 20;
const RELIABLE = 0.8;
const OFTEN_REJECTED = 0.5;
const OFTEN_ROLLED_BACK = 0.5;
const OFTEN_RECOVERED = 0.2;
const NEAR_TIMEOUT = 0.8;
const MIN_WORKFLOW_RUNS = 20;
const PROVEN = 0.95;
const MIN_RUNS_UNUSED = 100;

type Found = Omit<Suggestion, "id">;

/** What the history speaks for, by fixed rules. Each needs evidence beyond chance: 95 % by Wilson's interval. */
export function suggest(request: SuggestRequest): Suggestion[] {
  const found = [
    ...request.capabilities.flatMap((skill) => aboutSkill(skill, request)),
    ...request.patterns.map(ofPattern),
    ...promotions(request),
    ...unused(request),
  ];
  return found.map(({ kind, rule, subject, ...rest }) => ({
    id: `sug-${digestOf({ kind, rule, subject }).slice(0, 12)}`,
    kind,
    rule,
    subject,
    ...rest,
  }));
}

function aboutSkill(skill: CapabilityHistory, request: SuggestRequest): Found[] {
  const { capability: name, version, calls, succeeded, asked, rejected } = skill;
  const subject = { name, version };
  const found: Found[] = [];
  const isRolledBack = shareBetween(skill.rollbacks, skill.runs).low > OFTEN_ROLLED_BACK;
  if (calls >= MIN_CALLS && isRolledBack) found.push(ofRollbacks(skill, request));
  else if (calls >= MIN_CALLS && shareBetween(succeeded, calls).high < RELIABLE)
    found.push({
      kind: "FIX",
      rule: "reliability",
      subject,
      reason: `${succeeded} of ${calls} calls succeeded; ${percent(RELIABLE)} is the least.`,
      evidence: { calls, succeeded, reliability: skill.reliability },
      change: null,
      next: `Correct the handler, or what calls it; then propose the new version: airun propose.`,
    });
  if (asked >= MIN_CALLS && shareBetween(rejected, asked).low > OFTEN_REJECTED)
    found.push({
      kind: "SPLIT",
      rule: "rejected",
      subject,
      reason: `Humans rejected ${rejected} of the ${asked} calls that they were asked about.`,
      evidence: { asked, rejected },
      change: null,
      next: "Split it into what is agreed to and what is not, or raise its risk: airun review.",
    });
  return [...found, ...aboutTime(skill, request), ...aboutRetries(skill)];
}

/** Only packs can be frozen: of what came with the package, the calls are refused by a policy. */
function ofRollbacks(
  { capability, version, pack, runs, rollbacks }: CapabilityHistory,
  { packs }: SuggestRequest,
): Found {
  const own = packs.find((each) => `${each.name}@${each.version}` === pack && !each.isShipped);
  const head = {
    rule: "rollback",
    reason: `${rollbacks} of the ${runs} runs that called ${capability} were rolled back because it failed.`,
    evidence: { capability, runs, rollbacks },
    change: null,
  };
  return own === undefined
    ? {
        kind: "FREEZE",
        subject: { name: capability, version },
        ...head,
        next: `Forbid it by a policy: airun policy propose.`,
      }
    : {
        kind: "PACK_FREEZE",
        subject: { name: own.name, version: own.version },
        ...head,
        next: `airun pack freeze ${own.name}@${own.version} --reason …`,
      };
}

function aboutTime(
  { capability: name, version, succeeded, p95_ms }: CapabilityHistory,
  { timeoutOf }: SuggestRequest,
): Found[] {
  const timeout = timeoutOf(name, version);
  if (p95_ms === null || timeout === undefined || succeeded < MIN_CALLS) return [];
  if (p95_ms < NEAR_TIMEOUT * timeout * 1000) return [];
  const timeout_seconds = Math.ceil((2 * p95_ms) / 1000);
  return [
    {
      kind: "FIX",
      rule: "timeout",
      subject: { name, version },
      reason: `One of 20 calls takes ${p95_ms} ms or more, and ${timeout} s is all that it is given.`,
      evidence: { p95_ms, timeout_seconds: timeout },
      change: { timeout_seconds },
      next: `Give it timeout_seconds: ${timeout_seconds}, or make it do less.`,
    },
  ];
}

function aboutRetries({ capability: name, version, calls, recovered, retries }: CapabilityHistory): Found[] {
  if (calls < MIN_CALLS || shareBetween(recovered, calls).low <= OFTEN_RECOVERED) return [];
  const max_retries = Math.max(3, Math.ceil((2 * retries) / recovered));
  return [
    {
      kind: "FIX",
      rule: "retry",
      subject: { name, version },
      reason: `${recovered} of ${calls} calls failed at first and then succeeded.`,
      evidence: { calls, recovered, retries },
      change: { max_retries },
      next: `Give steps that call it max_retries: ${max_retries}, and look why the first attempt fails.`,
    },
  ];
}

function ofPattern({ capabilities, support, confidence }: Pattern): Found {
  return {
    kind: "PACK_CREATE",
    rule: "pattern",
    subject: { name: capabilities.join(" > "), version: "1.0.0" },
    reason: `These follow each other in ${support} traces, ${percent(confidence)} of those that have the first ones.`,
    evidence: { capabilities: [...capabilities], support, confidence },
    change: null,
    next: "Write them as one workflow, and propose a pack of it: airun propose.",
  };
}

/** Workflows in files of somebody's own that have proved themselves. */
function promotions({ history, packs }: SuggestRequest): Found[] {
  const packed = new Set(packs.flatMap(({ workflows }) => workflows));
  return [...history.workflows].flatMap(([name, { runs, clean }]) => {
    if (packed.has(name) || runs < MIN_WORKFLOW_RUNS || clean < PROVEN * runs) return [];
    return [
      {
        kind: "PROMOTE" as const,
        rule: "pattern",
        subject: { name, version: "1.0.0" },
        reason: `The workflow ${name} is in no pack, and ${clean} of its ${runs} runs had no failure.`,
        evidence: { runs, clean },
        change: null,
        next: "Propose a pack that includes it: airun propose.",
      },
    ];
  });
}

function unused({ history, packs }: SuggestRequest): Found[] {
  return packs
    .filter(
      ({ name, version, isShipped, runsSince, workflows }) =>
        !isShipped &&
        runsSince >= MIN_RUNS_UNUSED &&
        !history.packs.has(`${name}@${version}`) &&
        !workflows.some((each) => history.workflows.has(each)),
    )
    .map(({ name, version, runsSince }) => ({
      kind: "DEPRECATE" as const,
      rule: "unused",
      subject: { name, version },
      reason: `None of the ${runsSince} runs since it became ACTIVE used it.`,
      evidence: { runs_since: runsSince },
      change: null,
      next: `airun pack deprecate ${name}@${version} --reason …`,
    }));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
