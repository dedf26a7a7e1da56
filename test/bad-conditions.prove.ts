import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";

import { RuntimeError } from "../src/index.ts";
import { codeOf, expectWorking, firstStart, write } from "./bad-conditions.ts";
import { ledgerIn, openIn, workspaceIn } from "./installation.ts";
import { shareIn } from "./prove-share.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("conditions:bad");

test("a ledger that is locked by somebody else: LEDGER_UNAVAILABLE, no effect, and it works when it is free", async () => {
  using directory = scratch();
  await expectWorking(directory.path);
  const other = new DatabaseSync(ledgerIn(directory.path));
  other.exec("BEGIN EXCLUSIVE");
  const before = snapshot(workspaceIn(directory.path), { times: true });
  expect(
    await codeOf(async () => {
      const runtime = await openIn(directory.path);
      try {
        const view = await write(runtime, "new", "content");
        if (view.failure !== null) throw new RuntimeError(view.failure.code, view.failure.message);
      } finally {
        await runtime.close().catch(() => {});
      }
    }),
  ).toBe("LEDGER_UNAVAILABLE");
  expect(snapshot(workspaceIn(directory.path), { times: true })).toEqual(before);
  other.exec("ROLLBACK");
  other.close();
  await expectWorking(directory.path);
});

test("killed at points of the very first start: the next start works", async () => {
  using directory = scratch();
  const points = firstStart(join(directory.path, "counted"));
  expect(points).toBeGreaterThan(10);
  const all = Array.from({ length: points }, (_, index) => index + 1);
  const killed = shareIn(all);
  for (const point of killed) {
    const own = join(directory.path, String(point));
    firstStart(own, point);
    await expectWorking(own);
  }
  console.log(`killed at ${killed.length} of ${points} points`);
});
