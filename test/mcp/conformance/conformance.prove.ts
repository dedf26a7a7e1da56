import { expect, test } from "vitest";

import { verifies } from "../../requirements.ts";
import { LEGACY, MODERN } from "../site.ts";
import { openForConformance } from "./open.ts";
import { requiredOf, runSuite } from "./run-suite.ts";

verifies("mcp:conformance");

const COUNTS = { [MODERN]: 37, [LEGACY]: 30 };

test.for([MODERN, LEGACY] as const)("%s: every required server scenario passes", async (revision) => {
  await using site = await openForConformance();
  const outcomes = await runSuite(site.url, "--requirements", revision);
  const required = requiredOf(revision);
  expect(required).toHaveLength(COUNTS[revision]);
  const counted = outcomes.filter(
    ({ scenario }) => required.includes(scenario) || scenario.startsWith("tasks-"),
  );
  expect(counted).toHaveLength(COUNTS[revision] + (revision === MODERN ? 10 : 0));
  expect(counted.filter(({ failed }) => failed.length > 0)).toEqual([]);
  // Each of them was a run of the engine: what the suite called is in the ledger.
  const names = new Set(site.runtime.ledger.runs({ limit: 1000 }).map(({ name }) => name));
  expect(names.size).toBeGreaterThan(12);
  expect(site.faults).toEqual([]);
});
