import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { findBubblewrap } from "../src/sandbox/bubblewrap.ts";
import { type Arena, openArena } from "./hostile-handlers/arena.ts";
import { CLASSES, runClass } from "./hostile-handlers/campaign.ts";
import { processesLeft } from "./hostile-handlers/canaries.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("sandbox:handlers");

const { isAvailable } = await findBubblewrap();
const FROM_EACH_CLASS = 1;

// The whole is in hostile-handlers.prove.ts.
describe.runIf(isAvailable)("a few hostile handlers of each class", () => {
  const directory = scratch();
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(directory.path);
  });
  afterAll(() => {
    arena[Symbol.dispose]();
    directory[Symbol.dispose]();
  });

  test.for(CLASSES)("leave no undeclared effect: %s", { timeout: 120_000 }, async (name) => {
    const { count, faults } = await runClass(arena, name, ({ isSlow }, index, all) => {
      const gap = Math.ceil(all.length / FROM_EACH_CLASS);
      return index % gap === 0 && isSlow !== true;
    });
    expect(faults).toEqual([]);
    expect(count).toBeGreaterThan(0);
  });

  test("no canary was disturbed, and no process is left", async () => {
    expect([arena.disturbed(), await processesLeft()]).toEqual([[], []]);
  });
});
