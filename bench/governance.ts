import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { describeMachine } from "./machine.ts";
import { measureInProcess } from "./measure-in-process.ts";
import type { Round } from "./round.ts";
import { median } from "./statistics.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    runs: { type: "string", default: "2000" },
    warmup: { type: "string", default: "1000" },
    concurrency: { type: "string", default: "20" },
    workdir: { type: "string", default: join(HERE, "../workspace/bench") },
    out: { type: "string", default: join(HERE, "results") },
  },
});
const settings = {
  runs: Number(values.runs),
  warmup: Number(values.warmup),
  concurrency: Number(values.concurrency),
  fileSync: true,
};
const workdir = join(values.workdir, `governance-${crypto.randomUUID()}`);
for (const each of [workdir, values.out]) mkdirSync(each, { recursive: true });

const ENGINES = ["governed", "ungoverned"] as const;
const rounds: { readonly governed: Round; readonly ungoverned: Round }[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  // Each of them is the first every other time.
  const order = round % 2 === 0 ? ENGINES : ENGINES.toReversed();
  const measured: Partial<Record<(typeof ENGINES)[number], Round>> = {};
  for (const engine of order) measured[engine] = await measureInProcess(engine, workdir, settings);
  const { governed, ungoverned } = measured;
  if (governed === undefined || ungoverned === undefined) continue;
  rounds.push({ governed, ungoverned });
  process.stderr.write(
    `on ${governed.throughputPerS.toFixed(0)}/s, off ${ungoverned.throughputPerS.toFixed(0)}/s\n`,
  );
}
// Only now: after many files are deleted, some file systems make new ones several times slower for minutes.
rmSync(workdir, { recursive: true, force: true });

const ratioOf = (value: (round: Round) => number) =>
  median(rounds.map(({ governed, ungoverned }) => value(governed) / value(ungoverned)));
const rowOf = (name: string, which: (typeof ENGINES)[number]): string => {
  const all = rounds.map((round) => round[which]);
  const cells = [
    median(all.map(({ throughputPerS }) => throughputPerS)).toFixed(0),
    median(all.map(({ p50Ms }) => p50Ms)).toFixed(1),
    median(all.map(({ p95Ms }) => p95Ms)).toFixed(1),
    median(all.map(({ cpuMsPerRun }) => cpuMsPerRun)).toFixed(2),
    `${(100 * median(all.map(({ foreignCpuShare }) => foreignCpuShare))).toFixed(0)} %`,
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
};
const machine = describeMachine(values.workdir);
const table = [
  "# What governance costs",
  "",
  `\`load_test_quick\`, ${values.rounds} interleaved rounds of ${values.runs} runs after ${values.warmup} for warming up, concurrency ${values.concurrency}, one ledger, full durability; every round in a fresh process with an empty store. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.`,
  "",
  "On: a constitution of 20 rules, and hooks in the process that are asked before and after each run and step. Off: a `decide` that allows, and no hooks; specs, packs and the ledger are the same.",
  "",
  "| Governance | runs/s | p50 ms | p95 ms | CPU ms/run | foreign CPU |",
  "|---|---:|---:|---:|---:|---:|",
  rowOf("on", "governed"),
  rowOf("off", "ungoverned"),
  "",
  "| Ratio, median over the rounds | measured | promised |",
  "|---|---:|---:|",
  `| throughput, on : off | ${ratioOf(({ throughputPerS }) => throughputPerS).toFixed(2)} | ≥ 0.8 |`,
  `| CPU, on : off | ${ratioOf(({ cpuMsPerRun }) => cpuMsPerRun).toFixed(2)} |  |`,
  "",
].join("\n");
writeFileSync(join(values.out, "governance.md"), table);
process.stdout.write(table);
