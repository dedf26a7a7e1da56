import { expect, test } from "vitest";

import type { Ledger } from "../ledger/ledger.ts";
import { openTestLedger, PERSON, runStarted } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { openRequests } from "./requests.ts";

verifies("control:once");

test("a request that comes to a second process before the first has begun its run gets that run", async () => {
  using directory = scratch();
  const first = openTestLedger(directory.path).ledger;
  const second = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  const mayBegin = Promise.withResolvers<void>();
  const start = (ledger: Ledger, process?: string) => async (run: string) => {
    if (process === undefined) await mayBegin.promise;
    await ledger.append(PERSON, runStarted(run, process));
  };
  const slow = openRequests(first).once(PERSON, "key", { of: 1 }, start(first));
  await first.flush();
  const run = await openRequests(second).once(PERSON, "key", { of: 1 }, start(second, "process-2"));
  mayBegin.resolve();
  expect(await slow).toBe(run);
  expect(second.runs()).toMatchObject([{ id: run, process: "process-2" }]);
  const other = openRequests(second).once(PERSON, "key", { of: 2 }, start(second, "process-2"));
  await expect(other).rejects.toMatchObject({ code: "KEY_REUSED" });
  await Promise.all([first.close(), second.close()]);
});
