import { expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { followThroughRestart } from "./many-readers.ts";

verifies("control:events");

test("readers over real connections go on through a restart, without gap or duplicate, while one hangs", async () => {
  const { last, idsOf, reconnected, isWhole } = await followThroughRestart({ readers: 20, runs: 10 });
  const all = Array.from({ length: last }, (_, i) => i + 1);
  for (const ids of idsOf) expect(ids.slice(0, last)).toEqual(all);
  // Each of them was cut off once.
  expect(reconnected).toBeGreaterThanOrEqual(20);
  expect(isWhole).toBe(true);
});
