import { existsSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { type Notes, openNotes } from "./notes.ts";
import { LEGACY, MODERN, rpc } from "./site.ts";

verifies("mcp:once");

let site: Notes;
beforeAll(async () => {
  site = await openNotes();
});
beforeEach(() => site.again());
afterAll(() => site[Symbol.asyncDispose]());

const KEY = "airun/idempotency-key";
const written = (path: string): boolean => existsSync(join(site.workspace, path));
const slow = (path: string, key?: string) => ({
  name: "slow_note",
  arguments: { path, text: "hello" },
  ...(key === undefined ? {} : { _meta: { [KEY]: key } }),
});
/** The runs that wrote to a path, with how each ended. */
const runsOn = (path: string) =>
  site.runtime.ledger.runs({ limit: 1000 }).filter(({ id }) => {
    const [started] = site.runtime.ledger.entries({ run: id, types: ["run-started"] });
    return started?.data.inputs["path"] === path;
  });

async function untilGone(path: string): Promise<void> {
  while (written(path) || runsOn(path).some(({ endedAt }) => endedAt === null))
    await new Promise((resolve) => setTimeout(resolve, 10));
}

test.for([MODERN, LEGACY] as const)(
  "%s: a call that is called off in the middle is stopped and taken back",
  async (revision) => {
    const client = await site.connect({ revision });
    const path = `off-${revision}.txt`;
    const off = new AbortController();
    const calling = client.callTool(slow(path), { signal: off.signal });
    calling.catch(() => {});
    await site.wasReached();
    expect(written(path)).toBe(true);
    off.abort();
    await expect(calling).rejects.toThrow();
    await untilGone(path);
    expect(runsOn(path)).toMatchObject([{ status: "ROLLED_BACK" }]);
  },
);

test("a client that dies and comes again with the same key has one effect", async () => {
  const path = "again.txt";
  const off = new AbortController();
  const lost = rpc(site, "tools/call", slow(path, "k1"), { signal: off.signal }).catch(() => null);
  await site.wasReached();
  site.again();
  off.abort();
  await lost;
  // At once, while the first is still being taken back.
  const again = rpc(site, "tools/call", slow(path, "k1"));
  await site.wasReached();
  site.goOn();
  const { result } = await again;
  expect(result).toMatchObject({ structuredContent: { outputs: { write: { path } } } });
  expect(written(path)).toBe(true);
  expect(runsOn(path).map(({ status }) => status)).toEqual(["COMPLETED", "ROLLED_BACK"]);

  const once = await rpc(site, "tools/call", slow(path, "k1"));
  expect(once.result).toEqual(result);
  expect(runsOn(path)).toHaveLength(2);
  // That it was called once more is no key that a client could have.
  await rpc(site, "tools/call", slow("second.txt", "k1#2"));
  expect(written("second.txt")).toBe(true);
});

test("many calls at once with one key are one run; another call under the key is refused", async () => {
  const path = "many.txt";
  const answers = Promise.all(Array.from({ length: 20 }, () => rpc(site, "tools/call", slow(path, "k2"))));
  await site.wasReached();
  site.goOn();
  const runs = new Set((await answers).map(({ result }) => JSON.stringify(result?.["_meta"])));
  expect(runs.size).toBe(1);
  expect(runsOn(path)).toHaveLength(1);
  const other = await rpc(site, "tools/call", slow("other.txt", "k2"));
  expect(JSON.stringify(other.result?.content)).toContain("KEY_REUSED");
  const elses = await rpc(site, "tools/call", slow("else.txt", "k2"), { name: "another-agent" });
  expect(elses.result?.isError ?? false).toBe(false);
  const odd = await rpc(site, "tools/call", { ...slow("odd.txt"), _meta: { [KEY]: "a\nb" } });
  expect(odd.error).toMatchObject({ code: -32_602 });
  expect([written("other.txt"), written("odd.txt")]).toEqual([false, false]);
});

test("a server that stops takes nothing back: the run goes on with the next start, and answers the call made again", async () => {
  using directory = scratch();
  const first = await openNotes({ directory });
  const lost = rpc(first, "tools/call", slow("left.txt", "k4")).catch(() => null);
  await first.wasReached();
  await first.close();
  await lost;

  const second = await openNotes({ directory });
  second.goOn();
  await second.runtime.recover();
  const { result } = await rpc(second, "tools/call", slow("left.txt", "k4"));
  expect(result).toMatchObject({ structuredContent: { outputs: { write: { path: "left.txt" } } } });
  expect(second.runtime.ledger.runs().map(({ status }) => status)).toEqual(["COMPLETED"]);
  await second.close();
});

test("steps are counted for whom asks", async () => {
  const client = await site.connect();
  const seen: unknown[] = [];
  const calling = client.callTool(slow("progress.txt"), {
    onprogress: ({ progress, total }) => void seen.push([progress, total]),
  });
  await site.wasReached();
  site.goOn();
  await calling;
  expect(seen).toEqual([
    [0, 1],
    [1, 1],
  ]);
});
