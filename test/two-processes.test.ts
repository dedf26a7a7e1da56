import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import type { Runtime } from "../src/index.ts";
import { openIn, verifyIn } from "./installation.ts";
import { COUNTERS, layOut, type Load, manyRunsCapabilities, observeLoad } from "./many-runs.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("ledger:chain", "workflow:recovery");

const DRIVER = join(import.meta.dirname, "load-driver.ts");

type Driver = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: AsyncIterator<string>;
  readonly stderr: () => string;
};

async function startDriver(directory: string, load: Load): Promise<Driver> {
  const child = spawn(process.execPath, [DRIVER, directory, JSON.stringify(load)]);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const driver = { child, lines, stderr: () => stderr };
  expect(await nextLine(driver)).toBe("ready");
  return driver;
}

async function nextLine({ lines, stderr }: Driver): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error(`The driver has ended:\n${stderr()}`);
  return value;
}

async function outcomesOf(driver: Driver): Promise<{ status: string; failure: unknown }[]> {
  return JSON.parse(await nextLine(driver)) as { status: string; failure: unknown }[];
}

test("two processes at once: one chain, all complete, and leases hold across them", async () => {
  using directory = scratch();
  const load: Load = { increments: 20, stepIncrements: 20, crossings: 20, independent: 0, meeting: 2 };
  layOut(directory.path, load);
  const drivers = await Promise.all([startDriver(directory.path, load), startDriver(directory.path, load)]);
  for (const { child } of drivers) child.stdin.write("go\n");
  const outcomes = (await Promise.all(drivers.map(outcomesOf))).flat();
  expect(outcomes.flatMap(({ failure }) => (failure === null ? [] : [failure]))).toEqual([]);
  expect(outcomes.filter(({ status }) => status === "COMPLETED")).toHaveLength(122);
  const observed = observeLoad(directory.path, load, []);
  expect(observed.counters).toEqual(Array.from({ length: COUNTERS }, () => 80 / COUNTERS));
  for (const [left, right] of observed.pairs) expect(left).toBe(right);
  for (const { child } of drivers) if (child.exitCode === null) await once(child, "exit");
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
  await using runtime = await openIn(directory.path);
  const writers = [...runtime.ledger.entries({ types: ["run-started", "run-completed"] })].map(
    ({ run }) => runtime.ledger.run(run)?.process,
  );
  expect(new Set(writers).size).toBe(2);
  // They did work at the same time.
  expect(writers.findLastIndex((name) => name === writers[0])).toBeGreaterThan(
    writers.findIndex((name) => name !== writers[0]),
  );
});

test("a third process recovers what a killed one left, while the other goes on", async () => {
  using directory = scratch();
  const load: Load = { increments: 40, stepIncrements: 0, crossings: 20, independent: 0 };
  layOut(directory.path, load);
  const [victim, other] = await Promise.all([
    // It ends only where another process goes on with it, so that it is always killed in the middle.
    startDriver(directory.path, { ...load, meeting: 2 }),
    startDriver(directory.path, load),
  ]);
  for (const { child } of [victim, other]) child.stdin.write("go\n");
  await using runtime = await openIn(directory.path, { capabilities: manyRunsCapabilities });
  await untilCompleted(runtime, victim.child.pid ?? 0, 5);
  const gone = once(victim.child, "exit");
  victim.child.kill("SIGKILL");
  await gone;
  const recovered = await runtime.recover();
  expect(recovered.length).toBeGreaterThan(0);
  expect(recovered.map(({ status, failure }) => [status, failure])).toEqual(
    recovered.map(() => ["COMPLETED", null]),
  );
  const outcomes = await outcomesOf(other);
  expect(outcomes.map(({ status, failure }) => [status, failure])).toEqual(
    outcomes.map(() => ["COMPLETED", null]),
  );

  const rows = [...runtime.ledger.runs({ limit: 1000 })];
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(["COMPLETED"]));
  const increments = [...runtime.ledger.entries({ types: ["run-started"] })].filter(
    (entry) => entry.type === "run-started" && "path" in entry.data.inputs,
  );
  const { counters, pairs } = observeLoad(directory.path, load, []);
  expect(counters.reduce((sum, value) => sum + value, 0)).toBe(increments.length);
  for (const [left, right] of pairs) expect(left).toBe(right);
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

/** Until a process has completed some of its runs, and not all of them. */
async function untilCompleted(runtime: Runtime, pid: number, count: number): Promise<void> {
  for (;;) {
    const completed = runtime.ledger
      .runs({ status: "COMPLETED", limit: 1000 })
      .filter(({ process: name }) => name.split("-")[2] === String(pid));
    if (completed.length >= count) return;
    await sleep(5);
  }
}
