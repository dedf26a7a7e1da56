import { afterAll, expect, test } from "vitest";

import { digestOf } from "../contract/digest.ts";
import { openTestLedger, PERSON, runStarted, stepCompleted } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";
import { openRequests } from "./requests.ts";

verifies("control:once");

const directory = scratch();
const { ledger } = openTestLedger(directory.path);
afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

test("a request that comes again in the moment before its run is in the ledger starts no second one", async () => {
  const requests = openRequests(ledger);
  const started: string[] = [];
  const begun = Promise.withResolvers<void>();
  const start = (run: string): Promise<void> => {
    started.push(run);
    ledger.append(PERSON, runStarted(run)).catch(() => {});
    return begun.promise;
  };
  const first = requests.once(PERSON, "order", {}, start);
  begun.resolve();
  await begun.promise;
  await Promise.resolve();
  const second = requests.once(PERSON, "order", {}, start);
  expect(await second).toBe(await first);
  expect(started).toHaveLength(1);
});

test("what a request is known by is sealed, and nothing that comes later is sealed because of it", async () => {
  const requests = openRequests(ledger);
  const body = JSON.stringify({ target: "what was answered" });
  const act = () => Promise.resolve({ status: 200, type: "application/json", body, isFinal: true });
  await requests.answer(PERSON, "plan", { of: "a request" }, false, act);
  const types = ["request-accepted", "request-answered"] as const;
  const entries = JSON.stringify([...ledger.entries({ types, sealed: true })]);
  for (const sealed of [digestOf({ of: "a request" }), "what was answered"])
    expect(entries).not.toContain(sealed);

  await ledger.append(PERSON, runStarted("later"));
  const outputs = { digest: digestOf({ of: "a request" }), body };
  await ledger.append(PERSON, stepCompleted("later", "s", outputs));
  const [completed] = ledger.entries({ run: "later", types: ["step-completed"], sealed: true });
  expect(completed?.data.outputs).toEqual(outputs);
});

const nothing = () => Promise.reject(new Error("it has begun"));

test("what another process has accepted and answered since is known here", async () => {
  const other = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  const [here, there] = [openRequests(ledger), openRequests(other)];
  const start = (run: string) => ledger.append(PERSON, runStarted(run));
  const first = await here.once(PERSON, "first", {}, start);
  const begun = await there.once(PERSON, "second", {}, (run) =>
    other.append(PERSON, runStarted(run, "process-2")),
  );
  let acted = 0;
  const act = () => Promise.resolve({ status: 200, type: "text/plain", body: "done", isFinal: ++acted > 1 });
  // The first answer may be retried, by whichever process.
  for (const [requests, isRepeated] of [
    [there, false],
    [here, false],
    [there, true],
    [here, true],
  ] as const)
    expect(await requests.answer(PERSON, "third", {}, false, act)).toMatchObject({ isRepeated });
  expect(acted).toBe(2);
  expect(await here.once(PERSON, "second", {}, nothing)).toBe(begun);
  expect(await there.once(PERSON, "first", {}, nothing)).toBe(first);
  await expect(here.once(PERSON, "second", { other: true }, nothing)).rejects.toMatchObject({
    code: "KEY_REUSED",
  });
  await other.close();
});
