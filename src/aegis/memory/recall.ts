import type { CapabilitySpec } from "../../contract/capability.ts";
import type { CapabilityHistory, SkillMemory } from "../../contract/skill-memory.ts";
import { STDLIB } from "../../contract/pack.ts";
import type { GovernanceState } from "../../governance/state.ts";
import { historyRows } from "../../ledger/history-rows.ts";
import type { LedgerFile } from "../../ledger/open-ledger.ts";
import { percentile } from "./evidence.ts";
import { foldHistory, type History, type Skill } from "./fold-history.ts";
import { mineSequences } from "./mine-sequences.ts";
import { type PackStanding, suggest } from "./suggest.ts";

type Source = Pick<LedgerFile, "database" | "object">;
type Governed = Pick<GovernanceState, "governed">;

const MIN_WORKFLOW_RUNS = 20;

/** What a workspace's ledger teaches: statistics, patterns and suggestions. It is read anew each time, and kept nowhere. */
export function recall(ledger: Source, governance: Governed, since = ""): SkillMemory {
  const history = foldHistory(historyRows(ledger.database, since));
  const capabilities = history.skills
    .map(describe)
    .sort((a, b) => b.calls - a.calls || (a.capability < b.capability ? -1 : 1));
  const packs = packsOf(ledger, governance);
  const patterns = mineSequences(minedFrom(history, packs));
  const specs = new Map(
    history.skills.map(({ capability, version, spec }) => [`${capability}@${version}`, spec]),
  );
  const suggestions = suggest({
    history,
    capabilities,
    patterns,
    packs,
    timeoutOf: (capability, version) => {
      const contract = ledger.object(specs.get(`${capability}@${version}`) ?? "") as
        | CapabilitySpec
        | undefined;
      return contract?.timeout_seconds;
    },
  });
  return { runs: history.runs, seq: history.seq, capabilities, patterns, suggestions };
}

/** The 95th percentile of each capability's duration, where enough calls were seen. */
export function latenciesIn(ledger: Pick<Source, "database">): (capability: string) => number | undefined {
  const { skills } = foldHistory(historyRows(ledger.database));
  return (capability) => {
    const durations = skills
      .filter((skill) => skill.capability === capability)
      .flatMap(({ durationsMs }) => durationsMs);
    if (durations.length < MIN_CALLS) return undefined;
    return (
      percentile(
        durations.toSorted((a, b) => a - b),
        0.95,
      ) ?? undefined
    );
  };
}

const MIN_CALLS = 5;

function describe(skill: Skill): CapabilityHistory {
  const { capability, version, pack, calls, succeeded, retries, recovered, asked, rejected } = skill;
  const durations = skill.durationsMs.toSorted((a, b) => a - b);
  return {
    capability,
    version,
    pack,
    runs: skill.runs.size,
    calls,
    succeeded,
    reliability: calls === 0 ? null : Math.round((succeeded / calls) * 1000) / 1000,
    retries,
    recovered,
    rollbacks: skill.rolledBack.size,
    asked,
    rejected,
    p50_ms: percentile(durations, 0.5),
    p95_ms: percentile(durations, 0.95),
  };
}

/** Traces that somebody put together by hand: what a pack or a workflow that is run again and again does is known. */
function minedFrom({ traces, workflows }: History, packs: readonly PackStanding[]): (readonly string[])[] {
  const packed = new Set(packs.flatMap((pack) => pack.workflows));
  return traces
    .filter(
      ({ workflow }) =>
        workflow === null ||
        (!packed.has(workflow) && (workflows.get(workflow)?.runs ?? 0) < MIN_WORKFLOW_RUNS),
    )
    .map(({ capabilities }) => capabilities);
}

function packsOf({ database }: Pick<Source, "database">, { governed }: Governed): PackStanding[] {
  const countSince = database.prepare("SELECT count(*) AS runs FROM runs WHERE started_at >= ?");
  return [...governed.values()]
    .filter(({ subject, lifecycle }) => subject.kind === "pack" && lifecycle === "ACTIVE")
    .map(({ subject: { name, version }, proposal, workflows, since }) => ({
      name,
      version,
      isShipped: name === STDLIB || proposal === undefined,
      workflows: workflows.map(({ workflow }) => workflow),
      runsSince: Number(countSince.get(since)?.["runs"] ?? 0),
    }));
}
