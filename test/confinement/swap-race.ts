import { expect, test } from "vitest";

import { CHANGES, LOOKS, openArena, readNaively, repeat } from "./swap-arena.ts";

const MAX_NAIVE_TRIES = 2_000_000;

export type RaceLength = { readonly reads: number; readonly changes: number; readonly maxSeconds: number };

/** The attack on every door of the file system, with so many tries, as tests. */
export function testSwapRace({ reads, changes, maxSeconds }: RaceLength): void {
  const timeout = 4 * maxSeconds * 1000;

  test("the attack succeeds against resolving and comparing paths", { timeout }, async () => {
    await using arena = await openArena();
    let tries = 0;
    while (tries < MAX_NAIVE_TRIES && !readNaively(arena)) tries += 1;
    expect(tries).toBeLessThan(MAX_NAIVE_TRIES);
  });

  test.for(Object.entries(LOOKS))("nothing outside is seen by %s", { timeout }, async ([, look]) => {
    await using arena = await openArena();
    const { tried, refused } = await repeat(
      reads,
      async () => expect(await look(arena.fs)).toBe(false),
      maxSeconds,
    );
    expect(tried).toBe(reads);
    // Both states were met: some tries found the directory, others the link.
    const linksMet = refused.get("PATH_REFUSED") ?? 0;
    expect(linksMet).toBeGreaterThan(0);
    expect(linksMet).toBeLessThan(tried);
  });

  test.for(Object.entries(CHANGES))(
    "nothing outside is changed or taken by %s",
    { timeout },
    async ([, change]) => {
      await using arena = await openArena();
      const { tried } = await repeat(changes, (index) => change(arena.fs, index), maxSeconds);
      expect(tried).toBeGreaterThan(0);
      expect(arena.harm()).toEqual([]);
    },
  );
}
