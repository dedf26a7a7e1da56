import { DatabaseSync } from "node:sqlite";

import { expect, test } from "vitest";

import { openTestLedger, PERSON, plain, runStarted, stepIntended } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { workAside } from "./aside.ts";
import { verifyAside } from "./verify-aside.ts";
import { verifyLedger } from "./verify.ts";

verifies("ledger:verified-aside");

test("a ledger is checked beside everything else, with the same report, and is written meanwhile", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  for (let i = 0; i < 300; i++) {
    const events = [
      runStarted(`run-${i}`),
      stepIntended(`run-${i}`, "s"),
      plain("run-completed", `run-${i}`),
    ];
    await Promise.all(events.map((event) => ledger.append(PERSON, event)));
  }
  const turns: string[] = [];
  const checking = verifyAside(ledger.path).finally(() => turns.push("checked"));
  const joined = verifyAside(ledger.path);
  // The check has not even begun in its thread: if it were done here, this turn would come after it.
  await new Promise(setImmediate).then(() => turns.push("turn"));
  await ledger.append(PERSON, runStarted("meanwhile"));
  const report = await checking;
  expect(turns).toEqual(["turn", "checked"]);
  expect(await joined).toBe(report);
  expect(report).toMatchObject({ ok: true, findings: [] });
  const { entries, head: _head, ...rest } = verifyLedger(ledger.path);
  expect(report).toMatchObject(rest);
  // It saw the ledger as it was at one moment: before or after the entry that came meanwhile.
  expect([entries, entries - 1]).toContain(report.entries);
  await ledger.close();
});

test("what is wrong is told as by the check itself", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("run-1"));
  await ledger.close();
  const raw = new DatabaseSync(ledger.path);
  raw.exec(
    "DROP TRIGGER entries_never_change; UPDATE entries SET entry = replace(entry, 'demo', 'Demo') WHERE seq = 4",
  );
  raw.close();
  const report = await verifyAside(ledger.path);
  expect(report.ok).toBe(false);
  expect(report).toEqual(verifyLedger(ledger.path));
});

test("so many questions wait for one another, and further ones are refused", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("run-1"));
  await ledger.close();
  const program = { name: "verify-worker", directory: import.meta.dirname };
  const asked = Array.from({ length: 20 }, (_, index) =>
    workAside(program, `question ${index}`, { path: ledger.path, options: {} }),
  );
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(4);
  expect(refused).toEqual(
    Array(4).fill(expect.objectContaining({ reason: expect.objectContaining({ code: "TOO_MANY" }) })),
  );
  await expect(workAside(program, "later", { path: ledger.path, options: {} })).resolves.toMatchObject({
    ok: true,
  });
});
