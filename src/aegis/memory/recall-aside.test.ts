import { join } from "node:path";

import { expect, test } from "vitest";

import { openTestLedger, PERSON, plain, runStarted } from "../../../test/ledger-fixture.ts";
import { eventsOf, type PlantedRun } from "../../../test/planted-ledger.ts";
import { verifies } from "../../../test/requirements.ts";
import { scratch } from "../../../test/scratch.ts";
import { EMPTY } from "../../governance/state.ts";
import { recall } from "./recall.ts";
import { recallAside } from "./recall-aside.ts";

verifies("aegis:memory", "ledger:verified-aside");

const FLAKY: readonly PlantedRun[] = Array.from({ length: 20 }, (_, index) => ({
  workflow: "own",
  steps: [{ capability: "bad.tool.flaky", fails: index % 2 === 0 ? "always" : 0 }],
}));

test("skill memory is read beside everything else, and tells what it tells here", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await Promise.all(eventsOf(FLAKY).map(({ event }) => ledger.append(PERSON, event)));
  const turns: string[] = [];
  const reading = recallAside(ledger, EMPTY).finally(() => turns.push("read"));
  const later = recallAside(ledger, EMPTY, "2100-01-01T00:00:00.000Z");
  await new Promise(setImmediate).then(() => turns.push("turn"));
  const memory = await reading;
  expect(turns).toEqual(["turn", "read"]);
  expect(memory).toEqual(recall(ledger, EMPTY));
  expect(memory.suggestions).toMatchObject([{ kind: "FIX" }]);
  expect(await later).toMatchObject({ capabilities: [], suggestions: [] });

  // What was there when it was asked for is in it, whatever is being read already.
  const before = recallAside(ledger, EMPTY);
  await ledger.append(PERSON, runStarted("late"));
  await ledger.append(PERSON, plain("run-completed", "late"));
  const after = recallAside(ledger, EMPTY);
  expect(await recallAside(ledger, EMPTY)).toBe(await after);
  expect([20, 21]).toContain((await before).runs);
  expect((await after).runs).toBe(21);
  await ledger.close();
});

test("a ledger that is not there is a typed error, and the next one is read", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const gone = { ...ledger, path: join(directory.path, "none.db") };
  const [failed, read] = await Promise.allSettled([recallAside(gone, EMPTY), recallAside(ledger, EMPTY)]);
  expect(failed).toMatchObject({ status: "rejected", reason: { code: "LEDGER_UNAVAILABLE" } });
  expect(read).toMatchObject({ status: "fulfilled", value: { runs: 0 } });
  await ledger.close();
});
