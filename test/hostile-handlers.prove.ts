import { afterAll, beforeAll, expect, test } from "vitest";

import { type Arena, openArena } from "./hostile-handlers/arena.ts";
import { CLASSES, COUNT, runClass } from "./hostile-handlers/campaign.ts";
import { processesLeft } from "./hostile-handlers/canaries.ts";
import { PROVE } from "./prove-share.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("sandbox:handlers");

// With AIRUN_PROVE=sample every tenth of each class, others each time.
const offset = Math.floor(Math.random() * PROVE);
const share = PROVE === 1 ? "all" : `one in ${PROVE}, from ${offset},`;

const directory = scratch();
let arena: Arena;
let count = 0;
beforeAll(async () => {
  arena = await openArena(directory.path);
});
afterAll(() => {
  arena[Symbol.dispose]();
  directory[Symbol.dispose]();
}, 120_000);

test.for(CLASSES)(`hostile handlers and tools leave no undeclared effect, ${share} of: %s`, async (name) => {
  const outcome = await runClass(arena, name, (_, index) => index % PROVE === offset % PROVE);
  count += outcome.count;
  expect(outcome.faults).toEqual([]);
});

test(`${share} of ${COUNT} were there; no canary was disturbed, and no process is left`, async () => {
  expect([arena.disturbed(), await processesLeft()]).toEqual([[], []]);
  expect(COUNT).toBeGreaterThan(200);
  if (PROVE === 1) expect(count).toBe(COUNT);
});
