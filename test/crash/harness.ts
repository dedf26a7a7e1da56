import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { snapshot } from "../snapshot.ts";
import { fillWorkspace, type Scenario, scenarios, WORKFLOWS, workflowFile } from "./scenarios.ts";
import { openRuntime, recover } from "./stages.ts";

const HERE = import.meta.dirname;

export type CrashReport = {
  readonly scenario: string;
  /** Points at which the act changes the disk. */
  readonly actPoints: number;
  /** Different states that the kills of the act left; the recovery of each was killed at each of its points. */
  readonly states: number;
  readonly recoveryPoints: number;
  /** Processes that were killed. */
  readonly kills: number;
  /** What was neither done nor undone, by the points of the kills. */
  readonly deviations: readonly string[];
};

export type CrashOptions = {
  /** Take every n-th point, from `offset`; 1 takes all. */
  readonly stride: number;
  readonly offset: number;
  /**
   * Kill the recoveries too: `each` state that a kill left at one point of its recovery, and so on until every number
   * of a point was hit; or each state at `all` of its points.
   */
  readonly twice: "no" | "each" | "all";
  /** Processes at once. */
  readonly width: number;
};

/**
 * Runs a scenario once for each point at which the disk changes, kills the process dead there, recovers, and compares
 * the workspace with the two legal outcomes. Then again for each different state that a kill left, with the recovery
 * killed at each of its points.
 */
export async function crashEverywhere(name: string, options: CrashOptions): Promise<CrashReport> {
  const base = mkdtempSync(join(tmpdir(), `airun-crash-${name}-`));
  try {
    return await explore(base, name, options);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function explore(
  base: string,
  name: string,
  { stride, offset, twice, width }: CrashOptions,
): Promise<CrashReport> {
  const start = join(base, "start");
  const scenario = await prepare(start, name);
  const judge = await outcomesOf(base, scenario);
  const actPoints = await runStage(join(base, "done"), name, "act");
  judge.done(join(base, "done"));
  // An installation that has worked before: a first start is proved elsewhere, and takes its time at every kill.
  rmSync(join(start, "home"), { recursive: true });
  copyExactly(join(base, "done", "home"), join(start, "home"));

  const states = new Map<string, string>();
  let kills = 0;
  let recoveryPoints = 0;
  await inParallel(everyNth(actPoints, stride, offset), width, async (point) => {
    const crashed = join(base, `act-${point}`);
    copyExactly(start, crashed);
    await runStage(crashed, name, "act", point);
    kills++;
    const recovered = `${crashed}-recovered`;
    copyExactly(crashed, recovered);
    await recoverHere(recovered);
    judge.recovered(recovered, `killed at ${point} of ${actPoints}`);
    rmSync(recovered, { recursive: true, force: true });
    const state = await describeState(crashed);
    if (twice !== "no" && !states.has(state)) states.set(state, crashed);
    else rmSync(crashed, { recursive: true, force: true });
  });

  const recoveries: Recovery[] = [];
  await inParallel(states.values(), width, async (crashed) => {
    const counted = `${crashed}-counted`;
    copyExactly(crashed, counted);
    const count = await runStage(counted, name, "recover");
    rmSync(counted, { recursive: true, force: true });
    recoveryPoints += count;
    recoveries.push({ crashed, count });
  });
  await inParallel(pointsOf(recoveries, twice), width, async ({ crashed, point, count }) => {
    const directory = `${crashed}-${point}`;
    copyExactly(crashed, directory);
    await runStage(directory, name, "recover", point);
    kills++;
    await recoverHere(directory);
    judge.recovered(directory, `${crashed.slice(base.length + 1)}, recovery killed at ${point} of ${count}`);
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    scenario: name,
    actPoints,
    states: states.size,
    recoveryPoints,
    kills,
    deviations: judge.deviations,
  };
}

type Recovery = { readonly crashed: string; readonly count: number };

function pointsOf(
  recoveries: readonly Recovery[],
  twice: "no" | "each" | "all",
): (Recovery & { point: number })[] {
  if (twice === "all")
    return recoveries.flatMap((recovery) =>
      everyNth(recovery.count, 1, 0).map((point) => ({ ...recovery, point })),
    );
  const rounds = Math.max(recoveries.length, ...recoveries.map(({ count }) => count), 0);
  return Array.from({ length: recoveries.length === 0 ? 0 : rounds }, (_, index) => {
    const recovery = recoveries[index % recoveries.length] as Recovery;
    return { ...recovery, point: (index % recovery.count) + 1 };
  });
}

/** Of the numbers from 1 to `count`, each that lies a multiple of `step` after another. */
function everyNth(count: number, step: number, from: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    (point) => (point + from) % step === 0,
  );
}

async function prepare(directory: string, name: string): Promise<Scenario> {
  mkdirSync(join(directory, "workspace"), { recursive: true });
  mkdirSync(join(directory, "home"), { mode: 0o700 });
  fillWorkspace(join(directory, "workspace"));
  const scenario = scenarios(directory).find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
  for (const [workflow, spec] of Object.entries(WORKFLOWS))
    writeFileSync(workflowFile(directory, workflow), JSON.stringify(spec));
  await runStage(directory, name, "prepare");
  return scenario;
}

/** The two legal outcomes: it never happened (times included), or it is done. */
async function outcomesOf(base: string, scenario: Scenario) {
  const deviations: string[] = [];
  const never = filesOf(join(base, "start"), true);
  let done = "";
  copyExactly(join(base, "start"), join(base, "done"));
  return {
    deviations,
    done: (directory: string) => {
      done = filesOf(directory, false);
    },
    recovered: (directory: string, where: string) => {
      const isNever = filesOf(directory, true) === never;
      const isDone = scenario.fails !== true && filesOf(directory, false) === done;
      if (!isNever && !isDone) deviations.push(`${scenario.name} ${where}:\n${filesOf(directory, true)}`);
    },
  };
}

/** What a workflow writes about the time is another at every run. */
function filesOf(directory: string, times: boolean): string {
  return snapshot(join(directory, "workspace"), { times })
    .filter((line) => !line.startsWith("out.txt "))
    .join("\n");
}

/** Runs a stage in a process of its own; returns how many points it has, or 0 where it was killed at one. */
async function runStage(directory: string, name: string, stage: string, crashAt = 0): Promise<number> {
  const countFile = join(directory, "count");
  const child = spawn(
    process.execPath,
    ["--import", join(HERE, "points.mjs"), join(HERE, "driver.ts"), directory, name, stage],
    {
      env: {
        PATH: process.env["PATH"],
        CRASH_AT: String(crashAt),
        CRASH_COUNT: countFile,
        NODE_COMPILE_CACHE: join(tmpdir(), "airun-compile-cache"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("close", (...end) => resolve(end)),
  );
  if (crashAt > 0 && signal === "SIGKILL") return 0;
  if (code !== 0) throw new Error(`${name} ${stage} at ${crashAt} ended with ${code ?? signal}:\n${stderr}`);
  return Number(readFileSync(countFile, "utf8"));
}

async function recoverHere(directory: string): Promise<void> {
  await using runtime = await openRuntime(directory);
  await recover(runtime);
}

/** What a recovery finds: files, what lies in the state directory, and what the ledger tells. */
async function describeState(directory: string): Promise<string> {
  const copy = `${directory}-described`;
  copyExactly(directory, copy);
  const files = snapshot(join(copy, "workspace"), { times: true });
  const kept = snapshot(join(copy, "workspace", ".ai-first")).filter((line) => !line.startsWith("ledger.db"));
  await using runtime = await openRuntime(copy);
  const entries = [...runtime.ledger.entries()].map(
    (entry) => `${entry.type} ${"step" in entry ? entry.step : ""}`,
  );
  rmSync(copy, { recursive: true, force: true });
  // Names in the staging directory hold the process number.
  return [
    ...files,
    ...kept.map((line) => line.replaceAll(/[0-9a-f]{8}-\d+-\d+-\d+/g, "process")),
    ...entries,
  ].join("\n");
}

/** With modes, times and links, which `fs.cp` does not all keep. */
function copyExactly(from: string, to: string): void {
  execFileSync("cp", ["-a", from, to]);
}

async function inParallel<Item>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
