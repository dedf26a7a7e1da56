import { expect, test } from "vitest";

import { crashEverywhere } from "./crash/harness.ts";
import { SCENARIOS } from "./crash/scenarios.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";

verifies("undo:crash", "workflow:recovery");

// Every scenario at every point is in crash.prove.ts.
test.for(
  oneIn(
    3,
    SCENARIOS.map((name, index) => [name, index] as const),
  ),
)("%s, killed at some of its points", async ([name, index]) => {
  const { kills, deviations } = await crashEverywhere(name, {
    stride: 27,
    offset: index,
    twice: "no",
    width: 2,
  });
  expect(kills).toBeGreaterThan(0);
  expect(deviations).toEqual([]);
});
