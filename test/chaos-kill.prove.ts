import { expect, test } from "vitest";

import { type Handler, RuntimeError } from "../src/index.ts";
import { openIn, verifyIn } from "./installation.ts";
import { drive, fileState, makeDirectories, runsByIndex } from "./kill/campaign.ts";
import { doomedRunOf, isDoomed, SEED } from "./kill/doom.ts";
import { pythonRandom } from "./mt19937.ts";
import { shareOf } from "./prove-share.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("scale:chaos");

// The first hundred are those of the older system.
const RUNS = Math.max(200, shareOf(500));
const CONCURRENCY = 8;
const all = Array.from({ length: RUNS }, (_, index) => index);
const doomed = all.filter(isDoomed);

/**
 * The same runs as in the chaos of the older system, seed 1337, and 400 more. Where that throws, here the process is
 * killed inside of hash_file, after out.txt was written. A new process takes the run over and meets the fault again,
 * now as an error. "The same" is: every killed run is ROLLED_BACK and its file is gone, by a process that did not
 * write it; every other run is COMPLETED, and its file is right.
 */
test(`killed in the handler, ${RUNS} runs: every killed run is rolled back by another process`, async () => {
  using directory = scratch();
  makeDirectories(directory.path, RUNS);
  const { told, kills } = await driveAll(directory.path);
  await using runtime = await openIn(directory.path, { wrapHandler: failWhereDoomed });
  expect(runtime.ledger.runs({ status: "RUNNING", limit: RUNS + 1 })).toHaveLength(doomed.length);
  expect(doomed.map((index) => fileState(directory.path, index))).not.toContain("gone");
  await runtime.recover();

  const runs = runsByIndex(runtime);
  const outcomes = all.map((index) => ({
    index,
    status: runtime.show(runs.get(index) ?? "").status,
    file: fileState(directory.path, index),
  }));
  const table = [100, RUNS].map((size) => {
    const part = outcomes.slice(0, size);
    return {
      runs: size,
      killed: part.filter(({ index }) => isDoomed(index)).length,
      rolledBack: part.filter(({ status }) => status === "ROLLED_BACK").length,
      filesGone: part.filter(({ file }) => file === "gone").length,
      completed: part.filter(({ status }) => status === "COMPLETED").length,
      filesRight: part.filter(({ file }) => file === "right").length,
    };
  });
  console.table(table);
  console.log(`${kills} processes killed`);
  expect(table[0]).toEqual({
    runs: 100,
    killed: 56,
    rolledBack: 56,
    filesGone: 56,
    completed: 44,
    filesRight: 44,
  });
  for (const { index, status, file } of outcomes)
    expect([index, status, file]).toEqual(
      isDoomed(index) ? [index, "ROLLED_BACK", "gone"] : [index, "COMPLETED", "right"],
    );
  expect([...told.keys()].sort((a, b) => a - b)).toEqual(all.filter((index) => !isDoomed(index)));
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

function failWhereDoomed(id: string, handler: Handler): Handler {
  if (id !== "io.fs.hash_file") return handler;
  return async (ctx, input) => {
    if ((await doomedRunOf(ctx)) === undefined) return handler(ctx, input);
    throw new RuntimeError("INTERNAL", `CHAOS_INJECTED_FAILURE: ${id}`);
  };
}

/** Several at once in each process; it is killed when all that it still has in hand hang in hash_file. */
async function driveAll(directory: string): Promise<{ told: Map<number, string>; kills: number }> {
  const told = new Map<number, string>();
  let kills = 0;
  const started = async (): Promise<Set<number>> => {
    await using runtime = await openIn(directory);
    return new Set(runsByIndex(runtime).keys());
  };
  for (let left = all; left.length > 0;) {
    const halves = [left.slice(0, Math.ceil(left.length / 2)), left.slice(Math.ceil(left.length / 2))].filter(
      ({ length }) => length > 0,
    );
    for (const ended of await Promise.all(
      halves.map((half) => drive(directory, "inject", CONCURRENCY, half)),
    )) {
      if (ended.signal === "SIGKILL") kills++;
      for (const [index, status] of ended.told) told.set(index, status);
    }
    const known = await started();
    left = left.filter((index) => !known.has(index));
  }
  return { told, kills };
}

/**
 * Processes are killed at moments that a seeded generator draws, two working on one workspace at a time, and each new
 * one first recovers what the dead left, in which it may be killed again. The fault is gone then: every run that ever
 * started ends COMPLETED with its file right, what a driver told about a run stays true, and nothing runs twice.
 */
test(`killed at random moments, ${RUNS} runs: every run completes in the end`, async () => {
  using directory = scratch();
  makeDirectories(directory.path, RUNS);
  const draw = pythonRandom(SEED);
  const told = new Map<number, string>();
  let kills = 0;
  let cutOff = 0;
  {
    await using runtime = await openIn(directory.path);
    for (let left = all; left.length > 0;) {
      const shares = [left.slice(0, 40), left.slice(40, 80)].filter(({ length }) => length > 0);
      const ends = await Promise.all(
        shares.map((share) =>
          drive(directory.path, "plain", CONCURRENCY, share, {
            afterRuns: Math.floor(draw() * 24),
            delayMs: draw() * 40,
          }),
        ),
      );
      for (const ended of ends) {
        if (ended.signal === "SIGKILL") kills++;
        for (const [index, status] of ended.told) told.set(index, status);
      }
      const known = runsByIndex(runtime);
      cutOff += [...known.values()].filter((run) => runtime.ledger.run(run)?.endedAt === null).length;
      left = left.filter((index) => !known.has(index));
    }
  }
  await using runtime = await openIn(directory.path);
  await runtime.recover();
  const runs = runsByIndex(runtime);
  const outcomes = all.map((index) => [
    index,
    runtime.show(runs.get(index) ?? "").status,
    fileState(directory.path, index),
  ]);
  console.table([
    {
      runs: RUNS,
      processesKilled: kills,
      runsCutOff: cutOff,
      completed: outcomes.filter(([, status]) => status === "COMPLETED").length,
    },
  ]);
  expect(outcomes).toEqual(all.map((index) => [index, "COMPLETED", "right"]));
  expect([...told.values()].every((status) => status === "COMPLETED")).toBe(true);
  expect([...runtime.ledger.entries({ types: ["run-started"] })]).toHaveLength(RUNS);
  expect(cutOff).toBeGreaterThan(RUNS / 25);
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});
