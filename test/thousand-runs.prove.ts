import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import type { Runtime } from "../src/index.ts";
import { heldMemory } from "./held-memory.ts";
import { openIn, verifyIn } from "./installation.ts";
import { COUNTERS, layOut, type Load, manyRunsCapabilities, observeLoad, runLoad } from "./many-runs.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("scale:thousand", "workspace:leases");

const MIB = 1024 * 1024;
const MAX_HEAP_GROWTH_MIB = 16;

test("1,000 runs at once in one process, half of them on the same paths", async () => {
  using directory = scratch();
  using warmUp = scratch();
  const load: Load = { increments: 150, stepIncrements: 150, crossings: 200, independent: 500 };
  {
    // What is loaded and compiled once is not held against the runs.
    await using runtime = await openIn(warmUp.path, { capabilities: manyRunsCapabilities });
    const little = { increments: 10, stepIncrements: 10, crossings: 20, independent: 20 };
    layOut(warmUp.path, little);
    await runLoad(runtime, warmUp.path, little);
  }
  layOut(directory.path, load);
  await using runtime = await openIn(directory.path, { capabilities: manyRunsCapabilities });
  const before = await resources(runtime);
  const startedAt = performance.now();
  const observed = observeLoad(directory.path, load, await runLoad(runtime, directory.path, load));
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await resources(runtime);

  console.table({ before, after });
  console.log(
    `1000 runs in ${seconds.toFixed(1)} s; ${observed.restarts} started again after a lost race for a path`,
  );
  expect(observed.failures).toEqual([]);
  expect(observed.statuses).toEqual({ COMPLETED: 1000 });
  expect(observed.counters).toEqual(Array.from({ length: COUNTERS }, () => 300 / COUNTERS));
  for (const [left, right] of observed.pairs) expect(left).toBe(right);
  expect(observed.quickFiles).toEqual(
    Array.from({ length: load.independent }, (_, index) => `run_id=${index}`),
  );
  expect(after.descriptors).toBe(before.descriptors);
  expect(after.active).toBe(before.active);
  expect(after.heapMib - before.heapMib).toBeLessThan(MAX_HEAP_GROWTH_MIB);
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

type Resources = { readonly descriptors: number; readonly active: string; readonly heapMib: number };

async function resources(runtime: Runtime): Promise<Resources> {
  await runtime.ledger.flush();
  // Closed descriptors and cleared timers leave with the next turns of the event loop.
  await sleep(50);
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    active: process.getActiveResourcesInfo().sort().join(" "),
    heapMib: Math.round(heldMemory() / MIB),
  };
}
