import type { HistoryEntry } from "../../ledger/history-rows.ts";

/** One version of a capability. */
export type Skill = {
  readonly capability: string;
  readonly version: string;
  /** Digest of its contract as it was last called. */
  spec: string;
  pack: string | null;
  readonly runs: Set<string>;
  calls: number;
  succeeded: number;
  retries: number;
  recovered: number;
  readonly rolledBack: Set<string>;
  asked: number;
  rejected: number;
  readonly durationsMs: number[];
};

/** The capabilities that were called one after another; the same one several times in a row counts once. */
export type Trace = { readonly workflow: string | null; readonly capabilities: readonly string[] };

export type History = {
  readonly runs: number;
  readonly seq: number;
  readonly skills: readonly Skill[];
  readonly traces: readonly Trace[];
  /** Runs of each workflow by its name, and how many of them had no failed step. */
  readonly workflows: ReadonlyMap<string, { runs: number; clean: number }>;
  /** Versions of packs that runs were reached through. */
  readonly packs: ReadonlySet<string>;
};

type Call = { readonly skill: Skill; attempt: number; hasFailed: boolean };
type Run = {
  readonly id: string;
  readonly workflow: string | null;
  readonly by: string;
  readonly startedMs: number;
  endedMs: number;
  readonly calls: Map<string, Call>;
  readonly withheld: Map<string, Skill>;
  readonly order: string[];
  lastFailed: Skill | undefined;
  hasFailed: boolean;
};

/** Calls of one principal that begin so soon after the last one ended belong together. */
const TOGETHER_MS = 60_000;

/** What the entries of a ledger say about capabilities and their order. */
export function foldHistory(entries: Iterable<HistoryEntry>): History {
  const runs = new Map<string, Run>();
  const skills = new Map<string, Skill>();
  const packs = new Set<string>();
  let seq = 0;
  const skillOf = ({ capability, version }: { capability: string; version: string }): Skill => {
    const key = `${capability}@${version}`;
    const known = skills.get(key) ?? newSkill(capability, version);
    skills.set(key, known);
    return known;
  };

  for (const entry of entries) {
    seq = entry.seq;
    if (entry.type === "run-started") {
      runs.set(entry.run, newRun(entry));
      continue;
    }
    const run = runs.get(entry.run);
    if (run === undefined) continue;
    run.endedMs = Date.parse(entry.at);
    switch (entry.type) {
      case "step-intended": {
        if (entry.data.role !== "step") break;
        const skill = skillOf(entry.data);
        intend(run, skill, entry);
        if (skill.pack !== null) packs.add(skill.pack);
        break;
      }
      case "step-withheld":
        run.withheld.set(entry.step, skillOf(entry.data));
        break;
      case "step-completed":
        complete(run, entry.step, entry.data.durationMs);
        break;
      case "step-failed":
        fail(run, entry.step, entry.data.retryAt !== undefined);
        break;
      case "approval-decided": {
        const skill = run.withheld.get(entry.step);
        if (skill === undefined || entry.data.decision === "expired") break;
        skill.asked++;
        if (entry.data.decision === "rejected") skill.rejected++;
        break;
      }
      case "rollback-started":
        run.lastFailed?.rolledBack.add(run.id);
        break;
      default:
        entry satisfies never;
    }
  }
  return {
    runs: runs.size,
    seq,
    skills: [...skills.values()],
    traces: tracesOf([...runs.values()]),
    workflows: workflowsOf(runs.values()),
    packs,
  };
}

function newSkill(capability: string, version: string): Skill {
  return {
    capability,
    version,
    spec: "",
    pack: null,
    runs: new Set(),
    calls: 0,
    succeeded: 0,
    retries: 0,
    recovered: 0,
    rolledBack: new Set(),
    asked: 0,
    rejected: 0,
    durationsMs: [],
  };
}

function newRun({ run, by, at, data: { kind, name } }: Extract<HistoryEntry, { type: "run-started" }>): Run {
  const startedMs = Date.parse(at);
  // A name that is a seal is nobody's.
  const workflow = kind === "workflow" && typeof name === "string" ? name : null;
  return {
    id: run,
    workflow: kind === "capability" ? null : (workflow ?? ""),
    by,
    startedMs,
    endedMs: startedMs,
    calls: new Map(),
    withheld: new Map(),
    order: [],
    lastFailed: undefined,
    hasFailed: false,
  };
}

function intend(
  run: Run,
  skill: Skill,
  { step, data }: Extract<HistoryEntry, { type: "step-intended" }>,
): void {
  const call = run.calls.get(step);
  skill.runs.add(run.id);
  skill.spec = data.spec;
  skill.pack = data.pack ?? null;
  if (call !== undefined && data.attempt > call.attempt) {
    skill.retries++;
    call.attempt = data.attempt;
    return;
  }
  run.calls.set(step, { skill, attempt: data.attempt, hasFailed: false });
  if (run.order.at(-1) !== skill.capability) run.order.push(skill.capability);
}

function complete(run: Run, step: string, durationMs: number): void {
  const call = run.calls.get(step);
  if (call === undefined) return;
  call.skill.calls++;
  call.skill.succeeded++;
  call.skill.durationsMs.push(durationMs);
  if (call.hasFailed) call.skill.recovered++;
  run.calls.delete(step);
}

function fail(run: Run, step: string, isRetried: boolean): void {
  const call = run.calls.get(step);
  if (call === undefined) return;
  call.hasFailed = true;
  if (isRetried) return;
  call.skill.calls++;
  run.lastFailed = call.skill;
  run.hasFailed = true;
  run.calls.delete(step);
}

function tracesOf(runs: readonly Run[]): Trace[] {
  const traces: { workflow: string | null; capabilities: string[] }[] = [];
  const open = new Map<string, { readonly trace: (typeof traces)[number]; endedMs: number }>();
  for (const { workflow, by, startedMs, endedMs, order } of runs) {
    if (workflow !== null) {
      traces.push({ workflow, capabilities: order });
      continue;
    }
    const before = open.get(by);
    if (before !== undefined && startedMs - before.endedMs <= TOGETHER_MS) {
      for (const each of order)
        if (before.trace.capabilities.at(-1) !== each) before.trace.capabilities.push(each);
      before.endedMs = endedMs;
      continue;
    }
    const trace = { workflow, capabilities: [...order] };
    traces.push(trace);
    open.set(by, { trace, endedMs });
  }
  return traces;
}

function workflowsOf(runs: Iterable<Run>): Map<string, { runs: number; clean: number }> {
  const found = new Map<string, { runs: number; clean: number }>();
  for (const { workflow, hasFailed } of runs) {
    if (workflow === null || workflow === "") continue;
    const known = found.get(workflow) ?? { runs: 0, clean: 0 };
    known.runs++;
    if (!hasFailed) known.clean++;
    found.set(workflow, known);
  }
  return found;
}
