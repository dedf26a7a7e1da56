import { join } from "node:path";

import { expect, test } from "vitest";

import {
  FAILURE,
  PERSON,
  approvalDecided,
  approvalRequested,
  effectIntended,
  openTestLedger,
  plain,
  runStarted,
  stepIntended,
  undoIntended,
  redone,
  withReason,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import type { EventOf, LedgerEvent } from "../contract/entry.ts";
import type { ErrorCode } from "../contract/errors.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:durable", "ledger:closed");

const claimed = (run: string, from: string, process = "process-1"): LedgerEvent => ({
  type: "run-claimed",
  run,
  data: { owner: { process, pid: 2, host: "here" }, from },
});
const cancel = (run: string): LedgerEvent => ({
  type: "run-cancel-requested",
  run,
  data: { reason: "stop", rollback: true },
});
const undone = (run: string): LedgerEvent => ({
  type: "run-undone",
  run,
  data: { reason: "undo", partial: false },
});
const undoStarted = (run: string, process = "process-1"): LedgerEvent => ({
  type: "undo-started",
  run,
  data: { action: "undo", mode: "strict", reason: "asked for", owner: { process, pid: 1, host: "here" } },
});
const undoCompleted = (run: string): LedgerEvent => ({
  type: "undo-completed",
  run,
  step: "s",
  data: { of: 3, kept: [] },
});
const restarted = (run: string): LedgerEvent => ({
  type: "run-restarted",
  run,
  data: { attempt: 2, failure: FAILURE },
});
const failed = (run: string): LedgerEvent => ({ type: "run-failed", run, data: { failure: FAILURE } });
const incomplete = (run: string): LedgerEvent => ({
  type: "rollback-incomplete",
  run,
  data: { restored: [], notRestored: [], failure: FAILURE },
});

const usedBy = (run: string, approval: string): LedgerEvent => {
  const event = stepIntended(run, "s");
  return { ...event, data: { ...event.data, approval } };
};

/** The same after a look at the paths; the first event of a row has the number 4. */
const lookedAfter = (seq: number, event: EventOf<"effect-intended" | "undo-intended">): LedgerEvent =>
  event.type === "effect-intended"
    ? { ...event, data: { ...event.data, lookedAfter: seq } }
    : { ...event, data: { ...event.data, lookedAfter: seq } };

const mine = runStarted("a");
const foreign = runStarted("a", "process-2");
const foreignOther = runStarted("b");

test.for<[string, LedgerEvent[], LedgerEvent, ErrorCode | "accepted"]>([
  ["an event of a run that was never started", [], plain("run-completed", "a"), "RUN_UNKNOWN"],
  ["a second start", [mine], mine, "STATE_CONFLICT"],
  ["a step of one's own run", [mine], stepIntended("a", "s"), "accepted"],
  ["a step of a foreign run", [foreign], stepIntended("a", "s"), "OWNER_LOST"],
  ["the end of a foreign run", [foreign], plain("run-completed", "a"), "OWNER_LOST"],
  ["a claim of the present owner's run", [foreign], claimed("a", "process-2"), "accepted"],
  ["a claim after somebody else's", [foreign], claimed("a", "process-0"), "OWNER_LOST"],
  ["a step after the claim", [foreign, claimed("a", "process-2")], stepIntended("a", "s"), "accepted"],
  [
    "a step after losing the run",
    [mine, claimed("a", "process-1", "process-3")],
    stepIntended("a", "s"),
    "OWNER_LOST",
  ],
  ["a cancellation of a foreign run", [foreign], cancel("a"), "accepted"],
  ["a pause of a foreign run", [foreign], withReason("run-paused", "a"), "accepted"],
  ["a resumption of a foreign run", [foreign], withReason("run-resumed", "a"), "accepted"],
  ["an undo in a foreign run that goes on", [foreign], undoIntended("a", 3, "f"), "OWNER_LOST"],
  [
    "an undo of a foreign run that has ended, without its start",
    [mine, plain("run-completed", "a"), claimed("a", "process-1", "process-2")],
    undoIntended("a", 3, "f"),
    "OWNER_LOST",
  ],
  ["the start of an undo of a run that goes on", [mine], undoStarted("a"), "STATE_CONFLICT"],
  ["the start of an undo", [mine, plain("run-completed", "a")], undoStarted("a"), "accepted"],
  [
    "a second undo while one goes on",
    [mine, plain("run-completed", "a"), undoStarted("a")],
    undoStarted("a"),
    "STATE_CONFLICT",
  ],
  [
    "an effect of a run that has ended",
    [mine, plain("run-completed", "a")],
    effectIntended("a", "f"),
    "STATE_CONFLICT",
  ],
  ["a foreign run that goes on as undone", [foreign], undone("a"), "OWNER_LOST"],
  ["an undo in one's own run", [mine], undoIntended("a", 3, "f"), "accepted"],
  [
    "a step by an approval that nobody answered",
    [mine, approvalRequested("a", "x")],
    usedBy("a", "x"),
    "STATE_CONFLICT",
  ],
  ["a step by no approval", [mine], usedBy("a", "x"), "STATE_CONFLICT"],
  [
    "a step by its approval",
    [mine, approvalRequested("a", "x"), approvalDecided("a", "x")],
    usedBy("a", "x"),
    "accepted",
  ],
  [
    "a decision after the use",
    [mine, approvalRequested("a", "x"), approvalDecided("a", "x"), usedBy("a", "x")],
    approvalDecided("a", "x"),
    "STATE_CONFLICT",
  ],
  ["a decision for no approval", [mine], approvalDecided("a", "x"), "STATE_CONFLICT"],
  ["a decision", [mine, approvalRequested("a", "x")], approvalDecided("a", "x"), "accepted"],
  [
    "a second decision",
    [mine, approvalRequested("a", "x"), approvalDecided("a", "x")],
    approvalDecided("a", "x"),
    "STATE_CONFLICT",
  ],
  [
    "a decision in another run",
    [mine, approvalRequested("a", "x"), foreignOther],
    approvalDecided("b", "x"),
    "STATE_CONFLICT",
  ],
  [
    "a second request of one id",
    [mine, approvalRequested("a", "x")],
    approvalRequested("a", "x"),
    "STATE_CONFLICT",
  ],
  [
    "a path that another run has changed",
    [mine, runStarted("b"), effectIntended("a", "d/f")],
    effectIntended("b", "d/f"),
    "LEASE_CONFLICT",
  ],
  [
    "a directory above",
    [mine, runStarted("b"), effectIntended("a", "d/f")],
    effectIntended("b", "x", "d"),
    "LEASE_CONFLICT",
  ],
  [
    "an undo below",
    [mine, runStarted("b"), effectIntended("a", "d")],
    undoIntended("b", 1, "d/f/g"),
    "LEASE_CONFLICT",
  ],
  ["a path of one's own run again", [mine, effectIntended("a", "d/f")], effectIntended("a", "d"), "accepted"],
  [
    "another path",
    [mine, runStarted("b"), effectIntended("a", "d/f")],
    effectIntended("b", "d/g"),
    "accepted",
  ],
  ...[
    plain("run-completed", "a"),
    failed("a"),
    withReason("run-rolled-back", "a"),
    incomplete("a"),
    restarted("a"),
    undone("a"),
    redone("a"),
  ].map((end): [string, LedgerEvent[], LedgerEvent, "accepted"] => [
    `a path after ${end.type}`,
    [mine, runStarted("b"), effectIntended("a", "f"), end],
    effectIntended("b", "f"),
    "accepted",
  ]),
  ...[
    plain("run-completed", "a"),
    failed("a"),
    withReason("run-rolled-back", "a"),
    incomplete("a"),
    restarted("a"),
    undone("a"),
    redone("a"),
  ].flatMap((end): [string, LedgerEvent[], LedgerEvent, ErrorCode | "accepted"][] => {
    const history = [mine, runStarted("b"), effectIntended("a", "d/f"), end];
    return [
      [
        `a look from before ${end.type}`,
        history,
        lookedAfter(6, effectIntended("b", "d/f")),
        "LEASE_CONFLICT",
      ],
      [`a look after ${end.type}`, history, lookedAfter(7, effectIntended("b", "d/f")), "accepted"],
    ];
  }),
  ...(["d", "d/f", "d/f/g"] as const).map((path): [string, LedgerEvent[], LedgerEvent, ErrorCode] => [
    `an undo of ${path} after a look from before another run's end`,
    [mine, runStarted("b"), effectIntended("a", "d/f"), plain("run-completed", "a")],
    lookedAfter(6, undoIntended("b", 1, "other", path)),
    "LEASE_CONFLICT",
  ]),
  [
    "a look at something else from before another run's end",
    [mine, runStarted("b"), effectIntended("a", "d/f"), plain("run-completed", "a")],
    lookedAfter(3, effectIntended("b", "d/g", "e")),
    "accepted",
  ],
  [
    "a path that an ended run is undoing",
    [mine, runStarted("b"), plain("run-completed", "a"), undoStarted("a"), undoIntended("a", 1, "f")],
    effectIntended("b", "f"),
    "LEASE_CONFLICT",
  ],
])("%s", async ([, history, event, expected]) => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  ledger.record(PERSON, "principal", PERSON);
  await ledger.flush();
  for (const past of history) await ledger.append(PERSON, past);
  const before = ledger.head();

  const outcome = await ledger.append(PERSON, event).then(
    () => "accepted",
    (error: { code: string }) => error.code,
  );
  expect(outcome).toBe(expected);
  if (expected !== "accepted") expect(ledger.head()).toEqual(before);
  await ledger.close();
});

test("any process may undo an ended run, and owns it from then on", async () => {
  using directory = scratch();
  const owner = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  const { ledger } = openTestLedger(directory.path);
  await owner.append(PERSON, foreign);
  await owner.append(PERSON, plain("run-completed", "a"));
  await ledger.append(PERSON, undoStarted("a"));
  expect(ledger.run("a")).toMatchObject({ process: "process-1", endedAt: null });
  for (const event of [undoIntended("a", 3, "f"), undoCompleted("a")]) {
    await expect(owner.append(PERSON, event)).rejects.toMatchObject({ code: "OWNER_LOST" });
    await ledger.append(PERSON, event);
  }
  await ledger.append(PERSON, undone("a"));
  await owner.append(PERSON, undoStarted("a", "process-2"));
  await expect(ledger.append(PERSON, redone("a"))).rejects.toMatchObject({
    code: "OWNER_LOST",
  });
  await owner.append(PERSON, redone("a"));
  await Promise.all([owner.close(), ledger.close()]);
});

test("a lease conflict names the path and the run in the way", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, mine);
  await ledger.append(PERSON, runStarted("b"));
  await ledger.append(PERSON, effectIntended("a", "d"));
  await expect(ledger.append(PERSON, effectIntended("b", "c", "d/f"))).rejects.toMatchObject({
    code: "LEASE_CONFLICT",
    details: { path: "d/f", run: "a" },
  });
  await ledger.close();
});

test("leases of another process, and from before a restart, hold too", async () => {
  using directory = scratch();
  const first = openTestLedger(directory.path).ledger;
  const second = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  await first.append(PERSON, mine);
  await second.append(PERSON, runStarted("b", "process-2"));
  await first.append(PERSON, effectIntended("a", "password=hunter22hunter22/f"));
  const conflict = { code: "LEASE_CONFLICT" };
  await expect(second.append(PERSON, effectIntended("b", "password=hunter22hunter22"))).rejects.toMatchObject(
    conflict,
  );

  const third = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  await expect(
    third.append(PERSON, effectIntended("b", "password=hunter22hunter22/f/g")),
  ).rejects.toMatchObject(conflict);
  await first.append(PERSON, plain("run-completed", "a"));
  await third.append(PERSON, effectIntended("b", "password=hunter22hunter22/f/g"));
  await Promise.all([first.close(), second.close(), third.close()]);
});

test.for<[string, (world: ReturnType<typeof openTestLedger>) => void]>([
  ["whose key is gone", ({ keys }) => keys.ring.destroy("a")],
  ["that was damaged", ({ ledger }) => ledger.database.exec("UPDATE sealed SET sealed = zeroblob(99)")],
])("a sealed path %s is in the way of every other run", async ([, damage]) => {
  using directory = scratch();
  const world = openTestLedger(directory.path);
  const { ledger } = world;
  await ledger.append(PERSON, mine);
  await ledger.append(PERSON, effectIntended("a", "password=hunter22hunter22"));
  damage(world);
  await ledger.close();
  const again = openTestLedger(directory.path).ledger;
  await again.append(PERSON, runStarted("b"));
  await expect(again.append(PERSON, effectIntended("b", join("any", "where")))).rejects.toMatchObject({
    code: "LEASE_CONFLICT",
  });
  await again.close();
});
