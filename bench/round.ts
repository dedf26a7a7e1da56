import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { runClosedLoop } from "./closed-loop.ts";
import { readCpuTime } from "./cpu-time.ts";
import { type Engine, openEngine } from "./engine.ts";
import { ascending, percentile } from "./statistics.ts";
import { FILE_NAME } from "./work.ts";

/** What one engine did in one round. */
export type Round = {
  readonly engine: string;
  readonly durability: string;
  readonly survivesPowerCut: boolean;
  readonly runs: number;
  readonly throughputPerS: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Of this process and the servers it started. */
  readonly cpuMsPerRun: number;
  /** Share of the machine's processor time that others used meanwhile. */
  readonly foreignCpuShare: number;
};

const OPTIONS = {
  engine: { type: "string" },
  directory: { type: "string" },
  runs: { type: "string" },
  warmup: { type: "string" },
  concurrency: { type: "string" },
  "no-file-sync": { type: "boolean", default: false },
} as const;

if (import.meta.main) {
  const { values } = parseArgs({ options: OPTIONS });
  const round = await measureRound({
    name: values.engine ?? "",
    directory: values.directory ?? "",
    runs: Number(values.runs),
    warmup: Number(values.warmup),
    concurrency: Number(values.concurrency),
    syncFiles: !values["no-file-sync"],
  });
  process.stdout.write(`${JSON.stringify(round)}\n`);
  // Some peers leave timers behind.
  process.exit(0);
}

type RoundOptions = {
  readonly name: string;
  readonly directory: string;
  readonly runs: number;
  readonly warmup: number;
  readonly concurrency: number;
  readonly syncFiles: boolean;
};

async function measureRound({
  name,
  directory,
  runs,
  warmup,
  concurrency,
  syncFiles,
}: RoundOptions): Promise<Round> {
  const place = { storage: join(directory, "storage"), files: join(directory, "files") };
  const directories = Array.from({ length: warmup + runs }, (_, index) => join(place.files, `r${index}`));
  for (const each of [place.storage, ...directories]) mkdirSync(each, { recursive: true });
  const engine = await openEngine(name, { syncFiles, concurrency });
  await engine.start(place);
  try {
    await runAll(engine, directories.slice(0, warmup), 0, concurrency);
    const before = readCpuTime();
    const { elapsedMs, latenciesMs } = await runAll(engine, directories.slice(warmup), warmup, concurrency);
    const after = readCpuTime();
    const ownMs = after.ownMs - before.ownMs;
    const foreignMs = after.machineMs - before.machineMs - ownMs;
    return {
      engine: name,
      durability: engine.durability,
      survivesPowerCut: engine.survivesPowerCut,
      runs,
      throughputPerS: runs / (elapsedMs / 1000),
      p50Ms: percentile(latenciesMs, 50),
      p95Ms: percentile(latenciesMs, 95),
      p99Ms: percentile(latenciesMs, 99),
      cpuMsPerRun: ownMs / runs,
      foreignCpuShare: Math.max(0, foreignMs / (elapsedMs * availableParallelism())),
    };
  } finally {
    await engine.stop();
  }
}

async function runAll(
  engine: Engine,
  directories: readonly string[],
  firstIndex: number,
  concurrency: number,
) {
  const directoryOf = (index: number) => directories[index] ?? "";
  const { samples, elapsedMs } = await runClosedLoop({ total: directories.length, concurrency }, (index) =>
    engine.runOne(firstIndex + index, directoryOf(index)),
  );
  for (const sample of samples) {
    if (!sample.ok) throw new Error(`Run ${sample.index} failed: ${sample.error}`);
    checkFile(directoryOf(sample.index), sample.value);
  }
  return { elapsedMs, latenciesMs: ascending(samples.map(({ ms }) => ms)) };
}

/** A number counts only for work that was really done. */
function checkFile(directory: string, hash: string): void {
  const content = readFileSync(join(directory, FILE_NAME));
  if (createHash("sha256").update(content).digest("hex") !== hash)
    throw new Error(`The hash of ${directory} is not ${hash}.`);
  if (!/^run_id=\S+\nts=\d{4}-\d\d-\d\dT\S+\n$/.test(content.toString()))
    throw new Error(`${directory} has another content: ${content.toString()}`);
}
