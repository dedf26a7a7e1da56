import * as fc from "fast-check";
import { expect, test } from "vitest";

import { eventsOf, plant, type PlantedRun, type PlantedStep } from "../../../test/planted-ledger.ts";
import { verifies } from "../../../test/requirements.ts";
import type { Suggestion } from "../../contract/skill-memory.ts";
import { EMPTY } from "../../governance/state.ts";
import { memoryDatabase } from "../../ledger/database.ts";
import { recall } from "./recall.ts";

verifies("aegis:memory");

const TIMEOUT_SECONDS = 30;
const NOISE = Array.from({ length: 12 }, (_, index) => `noise.tool.n${index}`);

/** What is planted, by the rule that must find it: its runs among noise. */
const PLANTS = {
  reliability: (n: number) =>
    of(n, (i) => run({ capability: "bad.tool.flaky", fails: i % 5 < 2 ? "always" : 0 })),
  rollback: (n: number) =>
    of(n, (i) => ({
      ...run({ capability: "bad.tool.undone", fails: i % 5 < 4 ? "always" : 0 }),
      rollsBack: true,
    })),
  rejected: (n: number) =>
    of(n, (i) => run({ capability: "bad.tool.risky", asked: i % 5 < 4 ? "rejected" : "approved" })),
  timeout: (n: number) =>
    of(n, (i) => run({ capability: "bad.tool.slow", durationMs: i % 5 < 1 ? 29_000 : 900 })),
  retry: (n: number) => of(n, (i) => run({ capability: "bad.tool.shaky", fails: i % 2 })),
  pattern: (n: number) =>
    of(n, () =>
      run(
        { capability: "good.tool.fetch" },
        { capability: "good.tool.parse" },
        { capability: "good.tool.store" },
      ),
    ),
} as const;
type Plant = keyof typeof PLANTS;

const EXPECTED: Readonly<Record<Plant, readonly [kind: string, name: string]>> = {
  reliability: ["FIX", "bad.tool.flaky"],
  rollback: ["FREEZE", "bad.tool.undone"],
  rejected: ["SPLIT", "bad.tool.risky"],
  timeout: ["FIX", "bad.tool.slow"],
  retry: ["FIX", "bad.tool.shaky"],
  pattern: ["PACK_CREATE", "good.tool.fetch > good.tool.parse > good.tool.store"],
};

let number = 0;

function of(n: number, make: (index: number) => PlantedRun): PlantedRun[] {
  return Array.from({ length: n }, (_, index) => make(index));
}

/** A workflow of somebody's own that runs once. */
function run(...steps: PlantedStep[]): PlantedRun {
  return { workflow: `own-${number++}`, steps };
}

function remember(runs: readonly PlantedRun[]) {
  const database = memoryDatabase();
  plant(database, runs);
  const memory = recall({ database, object: () => ({ timeout_seconds: TIMEOUT_SECONDS }) }, EMPTY);
  database.close();
  return memory;
}

function named(suggestions: readonly Suggestion[]): string[] {
  return suggestions.map(({ kind, rule, subject }) => `${kind} ${rule} ${subject.name}`).sort();
}

test("it suggests what was planted, and nothing else, whatever the noise", () => {
  const plants = fc.subarray(Object.keys(PLANTS) as Plant[]);
  const check = fc.property(plants, fc.nat(), fc.integer({ min: 60, max: 120 }), (chosen, seed, size) => {
    const planted = chosen.flatMap((each) => PLANTS[each](size));
    const quiet = noise(seed).map((tools) => run(...tools.map((capability) => ({ capability }))));
    // One in twenty fails: what does not fail at all is no noise.
    const flawed = of(40, (i) => run({ capability: "noise.tool.n0", fails: i % 20 === 0 ? "always" : 0 }));
    const runs = interleave([...planted, ...flawed], quiet);
    const { suggestions } = remember(runs);
    expect(named(suggestions)).toEqual(
      chosen.map((each) => `${EXPECTED[each][0]} ${each} ${EXPECTED[each][1]}`).sort(),
    );
  });
  fc.assert(check, { numRuns: 12 });
});

/** Tools in no order at all; fast-check's own lists repeat themselves, and what repeats itself is a pattern. */
function noise(seed: number): string[][] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 100 + next(200) }, () =>
    Array.from({ length: 1 + next(6) }, () => NOISE[next(NOISE.length)] ?? ""),
  );
}

function interleave(left: readonly PlantedRun[], right: readonly PlantedRun[]): PlantedRun[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => [
    left[index],
    right[index],
  ])
    .flat()
    .filter((each) => each !== undefined);
}

test("its numbers are those of the entries", () => {
  const { runs, capabilities } = remember([
    run({ capability: "a.b", durationMs: 10 }, { capability: "a.b", durationMs: 30, fails: 2 }),
    run({ capability: "a.b", durationMs: 20 }, { capability: "c.d", fails: "always" }),
    { ...run({ capability: "c.d", fails: "always" }), rollsBack: true },
    run({ capability: "e.f", asked: "rejected" }),
    run({ capability: "e.f", asked: "approved", durationMs: 7 }),
  ]);
  expect(runs).toBe(5);
  expect(capabilities).toMatchObject([
    {
      capability: "a.b",
      runs: 2,
      calls: 3,
      succeeded: 3,
      reliability: 1,
      retries: 2,
      recovered: 1,
      p50_ms: 20,
      p95_ms: 30,
    },
    {
      capability: "c.d",
      runs: 2,
      calls: 2,
      succeeded: 0,
      reliability: 0,
      rollbacks: 1,
      p50_ms: null,
      p95_ms: null,
    },
    { capability: "e.f", runs: 1, calls: 1, asked: 2, rejected: 1, p95_ms: 7 },
  ]);
});

test("capabilities that are called by themselves, one soon after another, are one trace", () => {
  const task: PlantedRun = { workflow: null, steps: [{ capability: "a.b" }, { capability: "c.d" }] };
  const { patterns, suggestions } = remember(of(30, () => task));
  expect(patterns).toEqual([{ capabilities: ["a.b", "c.d"], support: 30, confidence: 1 }]);
  expect(named(suggestions)).toEqual(["PACK_CREATE pattern a.b > c.d"]);
});

test("a workflow of somebody's own that is run again and again is promoted, and its steps are no pattern", () => {
  const runs = of(30, () => ({ workflow: "mine", steps: [{ capability: "a.b" }, { capability: "c.d" }] }));
  expect(named(remember(runs).suggestions)).toEqual(["PROMOTE pattern mine"]);
});

test("few runs prove nothing", () => {
  const runs = of(12, () => run({ capability: "a.b", fails: "always" }));
  expect(remember(runs).suggestions).toEqual([]);
});

test("the planted entries are events of the contract", async () => {
  const { LedgerEvent } = await import("../../contract/entry.ts");
  const runs = Object.values(PLANTS).flatMap((make) => make(5));
  for (const { event } of eventsOf(runs)) expect(LedgerEvent.safeParse(event).error).toBeUndefined();
});
