import { expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { followThroughRestart } from "./many-readers.ts";

verifies("control:events");

const READERS = 500;
const RUNS = 200;
const MAX_GROWTH_BYTES = 100 * 1024 * 1024;

test("500 readers and 200 runs at once, and a restart among them: nobody misses anything, and one that hangs costs nothing", async () => {
  const { last, idsOf, reconnected, grownBytes, isWhole } = await followThroughRestart({
    readers: READERS,
    runs: RUNS,
  });
  const all = Array.from({ length: last }, (_, i) => i + 1);
  for (const ids of idsOf) expect(ids.slice(0, last)).toEqual(all);
  expect(reconnected).toBeGreaterThanOrEqual(READERS);
  expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
  expect(isWhole).toBe(true);
});
