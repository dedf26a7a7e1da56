import { expect, test } from "vitest";

import { openIn, verifyIn } from "./installation.ts";
import { COUNTERS, layOut, type Load, manyRunsCapabilities, observeLoad, runLoad } from "./many-runs.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("scale:thousand", "workspace:leases");

test("runs at once on the same paths: all complete, no update is lost, no order is mixed", async () => {
  using directory = scratch();
  const load: Load = { increments: 30, stepIncrements: 30, crossings: 40, independent: 20 };
  layOut(directory.path, load);
  await using runtime = await openIn(directory.path, { capabilities: manyRunsCapabilities });
  const observed = observeLoad(directory.path, load, await runLoad(runtime, directory.path, load));
  expect(observed.failures).toEqual([]);
  expect(observed.statuses).toEqual({ COMPLETED: 120 });
  expect(observed.counters).toEqual(Array.from({ length: COUNTERS }, () => 60 / COUNTERS));
  for (const [left, right] of observed.pairs) expect(left).toBe(right);
  expect(observed.quickFiles).toEqual(
    Array.from({ length: load.independent }, (_, index) => `run_id=${index}`),
  );
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});
