import * as fc from "fast-check";
import { expect, test } from "vitest";

import {
  FAILURE,
  PERSON,
  approvalDecided,
  approvalRequested,
  effectIntended,
  openTestLedger,
  plain,
  redone,
  runStarted,
  stepIntended,
  undoIntended,
  withReason,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import type { LedgerEvent } from "../contract/entry.ts";
import { memoryDatabase } from "./database.ts";
import { createHeldLeases } from "./held-leases.ts";
import type { RunRow } from "./ledger.ts";
import { createProjections } from "./projections.ts";
import { projectionRows, rebuildProjections } from "./rebuild.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:projections");

const undone = (run: string, partial: boolean): LedgerEvent => ({
  type: "run-undone",
  run,
  data: { reason: "undo", partial },
});
const rollback = (run: string): LedgerEvent => ({
  type: "rollback-started",
  run,
  data: { reason: "failed" },
});
const failed = (run: string, message = FAILURE.message): LedgerEvent => ({
  type: "run-failed",
  run,
  data: { failure: { ...FAILURE, message } },
});
const restarted = (run: string): LedgerEvent => ({
  type: "run-restarted",
  run,
  data: { attempt: 2, failure: FAILURE },
});

test.for<[string, LedgerEvent[], Partial<RunRow>]>([
  [
    "that was started",
    [],
    { status: "RUNNING", endedAt: null, reason: null, kind: "workflow", name: "demo", version: "1.0.0" },
  ],
  ["that was paused", [withReason("run-paused", "a")], { status: "PAUSED", reason: "because" }],
  [
    "that was resumed",
    [withReason("run-paused", "a"), withReason("run-resumed", "a")],
    { status: "RUNNING", reason: null },
  ],
  [
    "that goes on by a step",
    [withReason("run-paused", "a"), stepIntended("a", "s")],
    { status: "RUNNING", reason: null },
  ],
  ["that completed", [plain("run-completed", "a")], { status: "COMPLETED", endedAt: expect.any(String) }],
  ["that failed", [failed("a")], { status: "FAILED", reason: FAILURE.message }],
  [
    "that failed with a secret",
    [failed("a", "password=hunter22hunter22")],
    { reason: "password=hunter22hunter22" },
  ],
  ["that rolls back", [withReason("run-paused", "a"), rollback("a")], { status: "RUNNING", reason: null }],
  [
    "that was rolled back",
    [withReason("run-rolled-back", "a")],
    { status: "ROLLED_BACK", reason: "because" },
  ],
  ["that starts again", [withReason("run-paused", "a"), restarted("a")], { status: "RUNNING" }],
  [
    "that was undone",
    [plain("run-completed", "a"), undone("a", false)],
    { status: "ROLLED_BACK", reason: "undo" },
  ],
  [
    "that was undone in part",
    [plain("run-completed", "a"), undone("a", true)],
    { status: "COMPLETED", reason: "undo" },
  ],
  [
    "that was redone",
    [plain("run-completed", "a"), undone("a", false), redone("a")],
    { status: "COMPLETED", reason: null },
  ],
])("the row of a run %s", async ([, events, expected]) => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const first = await ledger.append(PERSON, runStarted("a"));
  let last = first.at;
  for (const event of events) last = (await ledger.append(PERSON, event)).at;
  expect(ledger.run("a")).toMatchObject({
    id: "a",
    by: first.by,
    startedAt: first.at,
    updatedAt: last,
    process: "process-1",
    ...expected,
  });
  await ledger.close();
});

test("an approval leads to its run and step, and tells how it was decided", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.append(PERSON, approvalRequested("a", "x"));
  expect(ledger.approval("x")).toEqual({ run: "a", step: "s", decision: null });
  await ledger.append(PERSON, approvalDecided("a", "x"));
  expect(ledger.approval("x")).toEqual({ run: "a", step: "s", decision: "approved" });
  expect(ledger.approval("y")).toBeUndefined();
  expect(ledger.run("y")).toBeUndefined();
  await ledger.close();
});

const startEntry = (seq: number) => ({
  ...runStarted(`run-${seq}`),
  seq,
  at: "2030-01-01T00:00:00.000Z",
  by: "x",
});

test("more runs than are kept in memory are written all the same", () => {
  const db = memoryDatabase();
  const projections = createProjections(db);
  for (let seq = 1; seq <= 10_001; seq++) projections.apply(startEntry(seq), startEntry(seq).data);
  projections.save();
  expect(projections.run("run-1")).toMatchObject({ id: "run-1", startedSeq: 1 });
  expect(db.prepare("SELECT count(*) AS runs FROM runs").get()).toEqual({ runs: 10_001 });
});

const run = fc.constantFrom("a", "b", "c");
const undoStarted = (id: string): LedgerEvent => ({
  type: "undo-started",
  run: id,
  data: {
    action: "undo",
    mode: "strict",
    reason: "asked for",
    owner: { process: "process-1", pid: 1, host: "here" },
  },
});
const event = fc.oneof(
  run.map((id) => runStarted(id)),
  run.map((id): LedgerEvent => ({
    ...runStarted(id),
    data: { ...runStarted(id).data, name: "token=0123456789abcdef" },
  })),
  run.map((id) => stepIntended(id, "s", { content: "text" })),
  fc
    .tuple(run, fc.constantFrom("f", "d/f", "d", "password=hunter22hunter22"))
    .map(([id, path]) => effectIntended(id, path)),
  fc.tuple(run, fc.constantFrom("f", "d/f")).map(([id, path]) => undoIntended(id, 3, path)),
  fc.tuple(run, fc.constantFrom("x", "y")).map(([id, approval]) => approvalRequested(id, approval)),
  fc.tuple(run, fc.constantFrom("x", "y")).map(([id, approval]) => approvalDecided(id, approval)),
  run.map((id) => plain("run-completed", id)),
  run.map((id) => failed(id, "password=hunter22hunter22")),
  run.map((id) => withReason("run-paused", id)),
  run.map((id) => withReason("run-resumed", id)),
  run.map((id) => withReason("run-rolled-back", id)),
  run.map((id) => restarted(id)),
  run.map((id) => undoStarted(id)),
  fc.tuple(run, fc.boolean()).map(([id, partial]) => undone(id, partial)),
  run.map((id): LedgerEvent => ({
    type: "run-claimed",
    run: id,
    data: { owner: { process: "process-1", pid: 1, host: "h" }, from: "process-1" },
  })),
);

test("projections and leases are what a fold of all entries gives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 60 }), async (events) => {
      using directory = scratch();
      const { ledger } = openTestLedger(directory.path);
      const held = createHeldLeases(ledger.database, ledger.reader.beside);
      let upTo: number | undefined;
      for (const [each, isLastOfTurn] of events) {
        const appended = ledger.append(PERSON, each).catch((error: { code: string }) => error.code);
        if (!isLastOfTurn) continue;
        await appended;
        held.catchUp(upTo);
        upTo = ledger.head().seq;
      }
      await ledger.flush();
      held.catchUp(upTo);
      const fresh = createHeldLeases(ledger.database, ledger.reader.beside);
      fresh.catchUp(undefined);
      expect(held.list()).toEqual(fresh.list());

      const live = projectionRows(ledger.database);
      rebuildProjections(ledger.database, ledger.reader.beside);
      expect(projectionRows(ledger.database)).toEqual(live);
      await ledger.close();
    }),
    { numRuns: 40 },
  );
});

test("a rebuild that fails changes nothing, and one after an erasure goes by what is stored", async () => {
  using directory = scratch();
  const { ledger, keys } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  await ledger.append(PERSON, failed("a", "password=hunter22hunter22"));
  const live = projectionRows(ledger.database);
  keys.ring.destroy("a");
  rebuildProjections(ledger.database, ledger.reader.beside);
  expect(projectionRows(ledger.database)).toEqual(live);
  expect(ledger.run("a")?.reason).toBe("[erased]");

  ledger.database.exec("UPDATE sealed SET sealed = zeroblob(99)");
  keys.ring.findOrMake("a");
  expect(() => ledger.run("a")).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));

  const broken = {
    ...ledger.reader.beside,
    box: () => ({ commitment: "", subject: "none", nonce: Buffer.of(), sealed: Buffer.of() }),
  };
  const unreadable = { ...broken, sealer: { ...broken.sealer, open: () => JSON.parse("{") as unknown } };
  expect(() => rebuildProjections(ledger.database, unreadable)).toThrow(SyntaxError);
  expect(projectionRows(ledger.database)).toEqual(live);
  await ledger.close();
});
