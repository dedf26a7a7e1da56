import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { snapshot } from "../snapshot.ts";
import { fillWorkspace, scenarios, type Scenario, WORKFLOWS, workflowFile } from "./scenarios.ts";

const HERE = import.meta.dirname;

export type CrashReport = {
  readonly scenario: string;
  /** Points of the act, points of the recoveries, and processes that were killed in all. */
  readonly actPoints: number;
  readonly recoveryPoints: number;
  readonly kills: number;
  /** What was neither done nor undone, by the points of the kills. */
  readonly deviations: readonly string[];
};

export type CrashOptions = {
  /** Take every n-th point of the act, from `offset`; 1 takes all. */
  readonly stride: number;
  readonly offset: number;
  /** Take every n-th point of each recovery; 0 kills no recovery. */
  readonly recoveryStride: number;
  /** Processes at once. */
  readonly width: number;
};

type Outcome = { readonly files: string; readonly timed: string };

/**
 * Runs a scenario once for each point at which the disk changes, kills the process dead there, recovers, and compares
 * the workspace with the two legal outcomes. Then again with the recovery killed at each of its points.
 */
export async function crashEverywhere(name: string, options: CrashOptions): Promise<CrashReport> {
  const base = mkdtempSync(join(tmpdir(), `airun-crash-${name}-`));
  try {
    return await explore(base, name, options);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function explore(base: string, name: string, { stride, offset, recoveryStride, width }: CrashOptions): Promise<CrashReport> {
  const start = join(base, "start");
  const scenario = await prepare(start, name);
  const never = outcomeOf(start);
  const done = join(base, "done");
  cpSync(start, done, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const actPoints = await runStage(done, name, "act");
  const after = outcomeOf(done);

  const deviations: string[] = [];
  let kills = 0;
  let recoveryPoints = 0;
  const judge = (directory: string, where: string): void => {
    const outcome = outcomeOf(directory);
    const isNever = outcome.timed === never.timed;
    const isDone = outcome.files === after.files;
    if (!(isNever || (isDone && scenario.fails !== true))) deviations.push(`${name} ${where}:\n${outcome.timed}`);
  };

  const points = Array.from({ length: actPoints }, (_, index) => index + 1).filter((point) => (point - 1) % stride === offset % stride);
  await inParallel(points, width, async (point) => {
    const crashed = join(base, `act-${point}`);
    cpSync(start, crashed, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    await runStage(crashed, name, "act", point);
    kills++;
    const recovered = join(base, `act-${point}-recovered`);
    cpSync(crashed, recovered, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    const count = await runStage(recovered, name, "recover");
    recoveryPoints += count;
    judge(recovered, `killed at ${point} of ${actPoints}`);
    rmSync(recovered, { recursive: true, force: true });
    for (let again = 1; recoveryStride > 0 && again <= count; again += recoveryStride) {
      const twice = join(base, `act-${point}-${again}`);
      cpSync(crashed, twice, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      await runStage(twice, name, "recover", again);
      kills++;
      await runStage(twice, name, "recover");
      judge(twice, `killed at ${point} of ${actPoints}, recovery killed at ${again} of ${count}`);
      rmSync(twice, { recursive: true, force: true });
    }
    rmSync(crashed, { recursive: true, force: true });
  });
  return { scenario: name, actPoints, recoveryPoints, kills, deviations };
}

async function prepare(directory: string, name: string): Promise<Scenario> {
  mkdirSync(join(directory, "workspace"), { recursive: true });
  mkdirSync(join(directory, "home"), { mode: 0o700 });
  fillWorkspace(join(directory, "workspace"));
  const scenario = scenarios(directory).find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
  for (const [workflow, spec] of Object.entries(WORKFLOWS)) writeFileSync(workflowFile(directory, workflow), JSON.stringify(spec));
  await runStage(directory, name, "prepare");
  return scenario;
}

/** Runs a stage in a process of its own; returns how many points it has, or 0 where it was killed at one. */
async function runStage(directory: string, name: string, stage: string, crashAt = 0): Promise<number> {
  const countFile = join(directory, "count");
  const child = spawn(process.execPath, ["--import", join(HERE, "points.mjs"), join(HERE, "driver.ts"), directory, name, stage], {
    env: { PATH: process.env["PATH"], CRASH_AT: String(crashAt), CRASH_COUNT: countFile, NODE_COMPILE_CACHE: join(tmpdir(), "airun-compile-cache") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => child.on("close", (...end) => resolve(end)));
  if (crashAt > 0 && signal === "SIGKILL") return 0;
  if (code !== 0) throw new Error(`${name} ${stage} at ${crashAt} ended with ${code ?? signal}:\n${stderr}`);
  return Number(readFileSync(countFile, "utf8"));
}

function outcomeOf(directory: string): Outcome {
  const workspace = join(directory, "workspace");
  return { files: steady(snapshot(workspace)), timed: steady(snapshot(workspace, { times: true })) };
}

/** What a workflow writes about the time is another at every run. */
function steady(lines: readonly string[]): string {
  return lines.filter((line) => !line.startsWith("out.txt ")).join("\n");
}

async function inParallel<Item>(items: readonly Item[], width: number, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
