import { describe, expect, test } from "vitest";

import { RunScript, timeAt, workflow } from "../../test/run-script.ts";
import { verifies } from "../../test/requirements.ts";
import { PANIC_ACTIONS, type Panic, type PanicAction } from "../contract/panic.ts";
import { orderOf } from "./obey-panic.ts";

verifies("governance:panic", "workflow:semantics");

const conflict = (message: string) =>
  expect.objectContaining({ code: "STATE_CONFLICT", message: expect.stringContaining(message) });

const ADA = { human: "ada", agent: "", session: "", service: "cli", scopes: [] };
const panicOf = (action: PanicAction): Panic => ({
  id: "panic-1",
  action,
  scope: { kind: "all" },
  reason: "smoke",
  by: ADA,
  at: timeAt(0),
  isWide: true,
  lifted: null,
});

const freeze = (run: RunScript) =>
  run.on("run-paused", { reason: "panic-1 (FREEZE): smoke", panic: "panic-1" });
const cancel = (run: RunScript) => run.on("run-cancel-requested", { reason: "no", rollback: true });
const spoil = (run: RunScript) => {
  run.intend("a");
  run.write("a");
  run.intend("b");
  run.fail("b");
};
const loseRace = (run: RunScript) => {
  run.intend("a");
  run.intend("b");
  run.fail("b", "LEASE_CONFLICT");
};

/** `a` and `b` start at once, `c` follows them. */
const FLOW = workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a", "b"] }] });
const together = () => new RunScript(FLOW);

type Orders = Readonly<Record<PanicAction, "pause" | "cancel" | "roll back" | null>>;
const ALL: Orders = { FREEZE: "pause", CANCEL_ONLY: "cancel", CANCEL_AND_ROLLBACK: "roll back" };
const NONE: Orders = { FREEZE: null, CANCEL_ONLY: null, CANCEL_AND_ROLLBACK: null };
const NO_FREEZE: Orders = { ...ALL, FREEZE: null };

describe("what a panic orders", () => {
  test.for<[string, (run: RunScript) => unknown, Orders]>([
    ["a run at work", (run) => run.intend("a"), ALL],
    ["a run that somebody paused", (run) => run.on("run-paused", { reason: "look" }), ALL],
    ["a frozen run", freeze, NO_FREEZE],
    ["a run that ends because of a failure", spoil, NONE],
    ["a run that is cancelled", (run) => [run.intend("a"), cancel(run)], NONE],
    ["a run that lost a race for a path, and would start again", loseRace, NO_FREEZE],
    ["a run that has ended", (run) => [run.run("a"), run.run("b"), run.run("c"), run.settle()], NONE],
    ["a run that takes back what it did", (run) => [spoil(run), run.complete("a"), run.settle()], NONE],
  ])("%s", ([, play, orders]) => {
    const run = together();
    play(run);
    for (const action of PANIC_ACTIONS) {
      const order = orderOf(run.state, panicOf(action));
      const told =
        order === null
          ? null
          : order.type === "run-paused"
            ? "pause"
            : order.data.rollback
              ? "roll back"
              : "cancel";
      expect([action, told]).toEqual([action, orders[action]]);
      if (order !== null)
        expect(order.data).toMatchObject({ panic: "panic-1", reason: `panic-1 (${action}): smoke` });
    }
  });
});

describe("a frozen run", () => {
  const asked = () => {
    const run = new RunScript(workflow({ steps: [{ name: "gate", step_type: "HUMAN_APPROVAL" }] }));
    run.ask("gate");
    run.settle();
    freeze(run);
    return run;
  };

  test("takes no yes, and every no", () => {
    const run = asked();
    expect(() => run.decide("gate", "approved")).toThrow(conflict("a panic holds it up"));
    expect(run.state).toMatchObject({ phase: "PAUSED", frozenBy: "panic-1" });
    run.decide("gate", "rejected");
    expect(run.step("gate")).toMatchObject({ phase: "failed", failure: { code: "DENIED" } });
    const revoked = asked();
    revoked.onStep("approval-revoked", "gate", { approval: "ask-gate", reason: "no" });
    expect(revoked.step("gate")).toMatchObject({ phase: "failed", failure: { code: "DENIED" } });
  });

  test("forgets the yes that was not used yet", () => {
    const run = together();
    run.ask("a");
    run.decide("a", "approved");
    expect(run.step("a").approval).toMatchObject({ granted: true });
    freeze(run);
    expect(run.step("a")).toMatchObject({ phase: "ready", approval: null });
    expect(run.step("b")).toMatchObject({ phase: "ready", approval: null });
  });

  test("asks again about what was cut off and nobody knows", () => {
    const run = together();
    run.intend("a", { undo: "irreversible" });
    run.onStep("step-interrupted", "a", { attempt: 1, outcome: "unknown" });
    run.ask("a");
    run.decide("a", "approved");
    expect(run.step("a")).toMatchObject({ phase: "ready", uncertain: true });
    freeze(run);
    expect(run.step("a")).toMatchObject({ phase: "waiting", uncertain: true, approval: null });
  });

  test.for<[string, (run: RunScript) => unknown]>([
    ["one that is frozen", freeze],
    ["one that is stopping", (run) => [run.intend("a"), cancel(run)]],
  ])("is not made of %s", ([, play]) => {
    const run = together();
    play(run);
    expect(() => freeze(run)).toThrow(conflict("it is stopping or frozen already"));
  });
});

test("a yes that is taken back leaves what was cut off to a human", () => {
  const run = together();
  run.intend("a", { undo: "irreversible" });
  run.onStep("step-interrupted", "a", { attempt: 1, outcome: "unknown" });
  run.ask("a");
  run.decide("a", "approved");
  run.onStep("approval-revoked", "a", { approval: "ask-a", reason: "no" });
  expect(run.step("a")).toMatchObject({ phase: "failed", failure: { code: "RECOVERY_NEEDS_HUMAN" } });
});
