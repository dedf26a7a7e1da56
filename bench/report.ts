import type { Machine } from "./machine.ts";
import type { Round } from "./round.ts";
import { median } from "./statistics.ts";

export type Comparison = {
  readonly at: string;
  readonly settings: {
    readonly rounds: number;
    readonly runs: number;
    readonly warmup: number;
    readonly concurrency: number;
    readonly fileSync: boolean;
  };
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: readonly Round[];
};

/** Throughput of the older system in its own mode: a workspace and a ledger for each run. */
const OLDER_SYSTEM_PER_S = 27;

/** The results as Markdown: medians over the rounds, and the ratios that are promised. */
export function renderComparison(comparison: Comparison): string {
  const summaries = summarize(comparison.rounds);
  const { settings, machine, versions } = comparison;
  const { rounds, runs, warmup, concurrency, fileSync } = settings;
  return [
    "# `load_test_quick` side by side",
    "",
    `${comparison.at}. ${rounds} interleaved round${rounds === 1 ? "" : "s"} of ${runs} runs after ${warmup} for warming up, concurrency ${concurrency}; every round in a fresh process with an empty store. Medians over the rounds, and the range of the throughput.`,
    "",
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}, Node ${machine.node}, SQLite ${machine.sqlite}, file system ${machine.fileSystem}, fdatasync p50 ${machine.fdatasyncP50Ms} ms, p95 ${machine.fdatasyncP95Ms} ms.`,
    "",
    `The peers' file step ${fileSync ? "waits until the file's data are on the disk (fsync)" : "does not sync the file"}; ours and the limit probe always sync the file and its directory.`,
    "",
    "| Engine | runs/s | range | p50 ms | p95 ms | p99 ms | CPU ms/run | foreign CPU | survives a power cut | durability |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---|---|",
    ...summaries.map(renderRow),
    "",
    ...renderRatios(summaries),
    "## Versions",
    "",
    ...Object.entries(versions).map(([name, version]) => `- ${name} ${version}`),
    "",
  ].join("\n");
}

type Summary = Omit<Round, "runs"> & { readonly lowest: number; readonly highest: number };

function summarize(rounds: readonly Round[]): Summary[] {
  return [...Map.groupBy(rounds, ({ engine }) => engine).values()].map((own) => {
    const middle = (pick: (round: Round) => number) => median(own.map(pick));
    const throughputs = own.map(({ throughputPerS }) => throughputPerS);
    const { engine, durability, survivesPowerCut } = own[0] as Round;
    return {
      engine,
      durability,
      survivesPowerCut,
      throughputPerS: middle(({ throughputPerS }) => throughputPerS),
      lowest: Math.min(...throughputs),
      highest: Math.max(...throughputs),
      p50Ms: middle(({ p50Ms }) => p50Ms),
      p95Ms: middle(({ p95Ms }) => p95Ms),
      p99Ms: middle(({ p99Ms }) => p99Ms),
      cpuMsPerRun: middle(({ cpuMsPerRun }) => cpuMsPerRun),
      foreignCpuShare: middle(({ foreignCpuShare }) => foreignCpuShare),
    };
  });
}

function renderRow(summary: Summary): string {
  const cells = [
    summary.engine,
    Math.round(summary.throughputPerS),
    `${Math.round(summary.lowest)}–${Math.round(summary.highest)}`,
    summary.p50Ms.toFixed(1),
    summary.p95Ms.toFixed(1),
    summary.p99Ms.toFixed(1),
    summary.cpuMsPerRun.toFixed(2),
    `${Math.round(summary.foreignCpuShare * 100)} %`,
    summary.survivesPowerCut ? "yes" : "no",
    summary.durability,
  ];
  return `| ${cells.join(" | ")} |`;
}

function renderRatios(summaries: readonly Summary[]): string[] {
  const find = (name: string) => summaries.find(({ engine }) => engine === name);
  const ours = find("ours");
  const probe = find("limit-probe");
  const ownWorkspace = find("ours-own-workspace");
  const peers = summaries.filter(({ engine, survivesPowerCut }) => survivesPowerCut && !NO_PEERS.has(engine));
  const fastest = peers.toSorted((left, right) => right.throughputPerS - left.throughputPerS)[0];
  const quickest = peers.toSorted((left, right) => left.p95Ms - right.p95Ms)[0];
  const rows: string[] = [];
  const add = (what: string, value: number, bound: string) =>
    rows.push(`| ${what} | ${value.toFixed(2)} | ${bound} |`);
  if (ours && probe)
    add("throughput, ours : limit probe", ours.throughputPerS / probe.throughputPerS, "≥ 0.3");
  if (ours && fastest)
    add(`throughput, ours : ${fastest.engine}`, ours.throughputPerS / fastest.throughputPerS, "≥ 5");
  if (ours && quickest) add(`p95, ours : ${quickest.engine}`, ours.p95Ms / quickest.p95Ms, "< 0.25");
  if (ownWorkspace)
    add(
      `throughput, own workspaces : older system (${OLDER_SYSTEM_PER_S}/s)`,
      ownWorkspace.throughputPerS / OLDER_SYSTEM_PER_S,
      "≥ 10",
    );
  if (rows.length === 0) return [];
  const about = "Against the best peer whose reported steps survive a power cut, as ours do.";
  return ["## Ratios", "", about, "", "| Ratio | measured | promised |", "|---|---:|---:|", ...rows, ""];
}

const NO_PEERS: ReadonlySet<string> = new Set(["ours", "ours-own-workspace", "limit-probe"]);
