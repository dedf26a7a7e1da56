import { setImmediate as turn } from "node:timers/promises";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { PathLocks } from "./path-locks.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:leases");

const LONG_MS = 60_000;

/** Owner by owner, in the order in which each got what it asked for. */
function granted(locks: PathLocks, ...wishes: readonly (readonly [owner: string, ...paths: string[]])[]) {
  const order: string[] = [];
  const pending = wishes.map(([owner, ...paths]) =>
    locks.acquire(owner, paths).then(() => void order.push(owner)),
  );
  return { order, all: Promise.all(pending) };
}

test.for<[held: string, wanted: string, waits: boolean]>([
  ["a", "a", true],
  ["a/b", "a", true],
  ["a", "a/b/c", true],
  ["a/b", "a/c", false],
  ["a", "ab", false],
  ["a/bc", "a/b", false],
  ["a/b", "c/a/b", false],
])("who wants %s/… %s waits for its holder: %s", async ([held, wanted, waits]) => {
  const locks = new PathLocks(LONG_MS);
  await locks.acquire("holder", [held]);
  const { order, all } = granted(locks, ["other", wanted]);
  await turn();
  expect(order).toEqual(waits ? [] : ["other"]);
  locks.releaseAll("holder");
  await all;
  expect([locks.heldBy("holder"), locks.heldBy("other")]).toEqual([[], [wanted]]);
});

test("an owner locks again what it holds, below it and above it, and gives all back at once", async () => {
  const locks = new PathLocks(LONG_MS);
  for (const paths of [["a/b"], ["a/b", "a/c"], ["a"], ["a/b/c"]]) await locks.acquire("one", paths);
  expect(locks.heldBy("one").sort()).toEqual(["a", "a/b", "a/b/c", "a/c"]);
  const { order, all } = granted(locks, ["two", "a"], ["three", "a/b/c"]);
  await turn();
  expect(order).toEqual([]);
  locks.releaseAll("one");
  await turn();
  expect(order).toEqual(["two"]);
  locks.releaseAll("two");
  await all;
});

test("a large wish is not starved by small ones that come after it, and does not stop who works already", async () => {
  const locks = new PathLocks(LONG_MS);
  await locks.acquire("worker", ["a/1"]);
  const { order, all } = granted(
    locks,
    ["large", "a"],
    ["small", "a/2"],
    ["worker", "a/3"],
    ["elsewhere", "b"],
  );
  await turn();
  expect(order).toEqual(["worker", "elsewhere"]);
  locks.releaseAll("worker");
  await turn();
  expect(order).toEqual(["worker", "elsewhere", "large"]);
  locks.releaseAll("large");
  await all;
  expect(order.at(-1)).toBe("small");
});

test.for([2, 3, 5])(
  "of %i owners that would wait for each other in a circle, the last is refused at once",
  async (count) => {
    const locks = new PathLocks(LONG_MS);
    const owners = Array.from({ length: count }, (_, index) => `owner-${index}`);
    for (const owner of owners) await locks.acquire(owner, [owner]);
    const [first = "", ...others] = owners;
    const waiting = granted(locks, ...others.map((owner, index) => [owner, `${owners[index]}`] as const));
    await expect(locks.acquire(first, [owners.at(-1) ?? ""])).rejects.toMatchObject({
      code: "LEASE_CONFLICT",
      details: { deadlock: true, holders: [owners.at(-1)] },
    });
    expect(locks.heldBy(first)).toEqual([first]);
    for (const owner of owners) locks.releaseAll(owner);
    await waiting.all;
  },
);

test("who waited too long is refused with the paths, and those behind it are let through", async () => {
  const locks = new PathLocks(30);
  await locks.acquire("holder", ["a/1"]);
  const late = locks.acquire("late", ["a", "b", "c", "d", "e"]);
  const behind = locks.acquire("behind", ["b/1"]);
  await expect(late).rejects.toMatchObject({
    code: "LEASE_CONFLICT",
    message: "a, b, c and 2 more stayed locked for 30 ms.",
  });
  await behind;
  expect([locks.heldBy("late"), locks.heldBy("behind")]).toEqual([[], ["b/1"]]);
});

test("who is cancelled while waiting holds nothing, and those behind it are let through", async () => {
  const locks = new PathLocks(LONG_MS);
  const stop = new AbortController();
  await locks.acquire("holder", ["a/1"]);
  const cancelled = locks.acquire("cancelled", ["a", "b"], stop.signal);
  const behind = locks.acquire("behind", ["b"]);
  stop.abort();
  await expect(cancelled).rejects.toMatchObject({
    code: "CANCELLED",
    message: "Waiting for a, b was cancelled.",
  });
  await behind;
  await expect(locks.acquire("cancelled", ["z"], stop.signal)).rejects.toThrow();
  locks.releaseAll("holder");
  expect(locks.heldBy("cancelled")).toEqual([]);
});

const overlaps = (a: string, b: string): boolean =>
  `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

test("whoever comes and goes, nobody holds what overlaps with another's, and nobody waits for ever", async () => {
  const path = fc.constantFrom("a", "a/b", "a/b/c", "a/d", "e", "e/f", "ab");
  const wish = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.uniqueArray(path, { minLength: 1, maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { maxLength: 25 }), async (wishes) => {
      const locks = new PathLocks(LONG_MS);
      const owners = [0, 1, 2, 3, 4].map(String);
      const check = () => {
        for (const one of owners)
          for (const other of owners.filter((owner) => owner > one))
            for (const mine of locks.heldBy(one))
              for (const theirs of locks.heldBy(other)) expect(overlaps(mine, theirs)).toBe(false);
      };
      const run = async (owner: string): Promise<void> => {
        for (const [, paths] of wishes.filter(([each]) => String(each) === owner)) {
          try {
            await locks.acquire(owner, paths);
            expect(locks.heldBy(owner)).toEqual(expect.arrayContaining(paths));
          } catch (error) {
            expect(error).toMatchObject({ code: "LEASE_CONFLICT", details: { deadlock: true } });
            locks.releaseAll(owner);
          }
          check();
          await turn();
        }
        locks.releaseAll(owner);
      };
      await Promise.all(owners.map(run));
      expect(owners.flatMap((owner) => locks.heldBy(owner))).toEqual([]);
      await locks.acquire("last", ["a", "e", "ab"]);
    }),
    { numRuns: 200 },
  );
});
