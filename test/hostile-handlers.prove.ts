import { afterAll, beforeAll, expect, test } from "vitest";

import { type Arena, openArena, sandboxedProcesses } from "./hostile-handlers/arena.ts";
import { CLASSES, runClass } from "./hostile-handlers/campaign.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("sandbox:handlers");

const directory = scratch();
let arena: Arena;
let count = 0;
beforeAll(async () => {
  arena = await openArena(directory.path);
});
afterAll(async () => {
  await arena[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

test.for(CLASSES)("hostile handlers leave no undeclared effect: %s", async (name) => {
  const outcome = await runClass(arena, name, () => true);
  expect(outcome.faults).toEqual([]);
  count += outcome.count;
});

test("there were more than 200 of them; no listener was reached, and no process is left", () => {
  expect(count).toBeGreaterThan(200);
  expect([arena.knocks(), sandboxedProcesses()]).toEqual([[], []]);
});
