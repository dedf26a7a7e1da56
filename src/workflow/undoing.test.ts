import { describe, expect, test } from "vitest";

import { RunScript, workflow } from "../../test/run-script.ts";
import { itemsOf } from "./stack.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:exact", "workflow:semantics");

const undoOf = (script: RunScript) =>
  itemsOf(script.state.undo).map((item) => (item.kind === "effect" ? item.seq : item.step));

const compensation = { capability_name: "x.undo", inputs: {} };
const three = (more: object = {}, step: object = {}) =>
  new RunScript(workflow({ steps: [{ name: "a", ...step }, { name: "b" }, { name: "c" }], ...more }));

describe("what is pushed onto the undo stack", () => {
  test("each effect that changes something, the latest on top, also after another step has failed", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a"] }] }),
    );
    script.intend("a");
    script.intend("b");
    const first = script.write("a");
    script.fail("b");
    const second = script.write("a");
    script.onStep("effect-intended", "a", { op: "http", changes: [], target: "https://example.org/" });
    expect(undoOf(script)).toEqual([second, first]);
  });

  test.for([
    ["compensable", true, ["a"]],
    ["irreversible", true, ["a"]],
    ["reversible", true, []],
    ["none", true, []],
    ["compensable", false, []],
  ] as const)("a step that is %s, compensation declared: %s", ([undo, declared, expected]) => {
    const script = three({}, declared ? { compensation } : {});
    script.intend("a", { undo });
    expect(undoOf(script)).toEqual(expected);
  });

  test("a compensation once, however often the step is tried or interrupted", () => {
    const script = three({}, { compensation });
    script.intend("a", { undo: "compensable" });
    script.onStep("step-interrupted", "a", { attempt: 1, outcome: "repeatable" });
    script.intend("a", { undo: "compensable" });
    script.fail("a", "SERVICE_FAILED", "2026-01-01T00:01:00.000Z");
    script.run("a", {}, { undo: "compensable" });
    expect(undoOf(script)).toEqual(["a"]);
  });

  test("not the effects of a compensation", () => {
    const script = three({}, { compensation });
    script.run("a", {}, { undo: "compensable" });
    script.fail("b");
    script.settle();
    script.intend("a", { role: "compensation" });
    script.write("a");
    expect(undoOf(script)).toEqual(["a"]);
  });
});

describe("an attempt's own undo while the run goes forward", () => {
  test("takes the effect off the stack, wherever it lies", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a"] }] }),
    );
    script.intend("a");
    script.intend("b");
    const [lower, upper] = [script.write("a"), script.write("b")];
    expect(script.undo("a", lower)).toEqual([]);
    expect(undoOf(script)).toEqual([upper]);
  });

  test("a refused one leaves it for the rollback", () => {
    const script = three();
    script.intend("a");
    const seq = script.write("a");
    script.refuseUndo("a", seq);
    expect(undoOf(script)).toEqual([seq]);
    expect(script.fail("a")).toEqual(["append rollback-started"]);
  });

  test("an undo of something that is not on the stack changes nothing", () => {
    const script = three();
    script.intend("a");
    const seq = script.write("a");
    script.undo("a", 999);
    expect(undoOf(script)).toEqual([seq]);
    expect(script.state.undoing).toEqual([]);
  });
});

function undoAll(script: RunScript): void {
  for (const item of itemsOf(script.state.undo))
    if (item.kind === "effect") script.undo(item.step, item.seq);
    else script.complete(item.step);
}

/** `a` wrote twice and `b` once and can be compensated, then `c` failed; the rollback has begun. */
function rollingBack(more: object = {}) {
  const script = new RunScript(
    workflow({ steps: [{ name: "a" }, { name: "b", compensation }, { name: "c" }], ...more }),
  );
  script.intend("a");
  const effects = [script.write("a", "one.txt"), script.write("a", "two.txt")] as const;
  script.complete("a");
  script.run("b", {}, { undo: "irreversible" });
  script.intend("c");
  script.fail("c");
  const first = script.settle();
  return { script, effects, first };
}

describe("a rollback", () => {
  const globals = { global_compensation_steps: [{ capability_name: "x.one" }, { capability_name: "x.two" }] };

  test("undoes one thing at a time, the latest first, then compensates globally, and ends", () => {
    const { script, effects, first } = rollingBack(globals);
    expect(first).toEqual(["undo compensation b"]);
    expect(script.state).toMatchObject({
      phase: "ROLLING_BACK",
      failure: { code: "SERVICE_REFUSED" },
      reason: "it failed with SERVICE_REFUSED",
    });
    expect(script.intend("b", { role: "compensation" })).toEqual([]);
    expect(script.complete("b")).toEqual(["undo effect a"]);
    expect(script.last).toMatchObject([{ item: { seq: effects[1] } }]);
    expect(script.undo("a", effects[1])).toEqual(["undo effect a"]);
    expect(script.last).toMatchObject([{ item: { seq: effects[0] } }]);
    expect(script.undo("a", effects[0])).toEqual(["global 0"]);
    expect(script.intend("global[0]", { role: "global-compensation" })).toEqual([]);
    expect(script.complete("global[0]")).toEqual(["global 1"]);
    expect(script.complete("global[1]")).toEqual(["append run-rolled-back"]);
    script.settle();
    expect(script.state).toMatchObject({
      phase: "ROLLED_BACK",
      failure: { code: "SERVICE_REFUSED" },
      undo: null,
      activeSince: null,
    });
    expect(itemsOf(script.state.rollback?.restored ?? null).reverse()).toEqual([
      "b",
      "a (two.txt)",
      "a (one.txt)",
      "global[0]",
      "global[1]",
    ]);
  });

  test("goes on past what cannot be undone, and then says exactly what was restored and what was not", () => {
    const { script, effects } = rollingBack(globals);
    expect(script.fail("b")).toEqual(["undo effect a"]);
    expect(script.refuseUndo("a", effects[1])).toEqual(["undo effect a"]);
    expect(script.undo("a", effects[0])).toEqual(["global 0"]);
    expect(script.fail("global[0]")).toEqual(["global 1"]);
    expect(script.complete("global[1]")).toEqual(["append rollback-incomplete"]);
    expect(script.last).toMatchObject([
      {
        event: {
          data: {
            restored: ["a (one.txt)", "global[1]"],
            notRestored: ["b", "a (two.txt)", "global[0]"],
            failure: { code: "ROLLBACK_INCOMPLETE", details: { failure: { code: "SERVICE_REFUSED" } } },
          },
        },
      },
    ]);
    script.settle();
    expect(script.state).toMatchObject({
      phase: "FAILED",
      failure: { code: "ROLLBACK_INCOMPLETE" },
      endedAt: script.state.updatedAt,
    });
    expect(undoOf(script)).toEqual(["b", effects[1]]);
    script.refuseUndo("a", effects[1]);
    expect(undoOf(script)).toEqual(["b", effects[1]]);
  });

  test("a failure that is to be tried again stays due", () => {
    const { script } = rollingBack();
    expect(script.fail("b", "SERVICE_FAILED", "2026-01-01T00:01:00.000Z")).toEqual([]);
    expect(undoOf(script)[0]).toBe("b");
  });

  test.for([
    ["undone", []],
    ["repeatable", []],
    ["unknown", ["undo effect a"]],
  ] as const)("a compensation that a crash cut off: %s", ([outcome, commands]) => {
    const { script } = rollingBack();
    script.intend("b", { role: "compensation" });
    expect(script.onStep("step-interrupted", "b", { attempt: 1, outcome })).toEqual(commands);
  });

  test("a global compensation of unknown outcome is given up", () => {
    const { script, effects } = rollingBack(globals);
    script.complete("b");
    script.undo("a", effects[1]);
    script.undo("a", effects[0]);
    expect(script.onStep("step-interrupted", "global[0]", { attempt: 1, outcome: "unknown" })).toEqual([
      "global 1",
    ]);
    expect(script.complete("global[1]")).toEqual(["append rollback-incomplete"]);
  });

  test("after a cancellation it needs no failure, and the list stands alone", () => {
    const script = three();
    script.intend("a");
    const seq = script.write("a");
    script.complete("a");
    script.on("run-cancel-requested", { reason: "enough", rollback: true });
    script.settle();
    script.refuseUndo("a", seq);
    expect(script.last).toMatchObject([
      { event: { data: { failure: { details: { restored: [], notRestored: ["a (a.txt)"] } } } } },
    ]);
  });

  test.for([
    ["completes a step that has nothing to compensate", (script: RunScript) => script.complete("a")],
    ["compensates globally before everything is undone", (script: RunScript) => script.complete("global[0]")],
    [
      "compensates globally out of turn",
      (script: RunScript) => [undoAll(script), script.complete("global[1]")],
    ],
    ["starts a step", (script: RunScript) => script.intend("c")],
    ["says that it is done", (script: RunScript) => script.on("run-rolled-back", { reason: "x" })],
    ["gives up", (script: RunScript) => script.on("rollback-incomplete", {})],
    ["starts again", (script: RunScript) => script.on("run-restarted", { attempt: 2 })],
  ] as const)("refuses an event that %s", ([, play]) => {
    expect(() => play(rollingBack(globals).script)).toThrow(
      expect.objectContaining({ code: "STATE_CONFLICT" }),
    );
  });

  test("is not done while something was not restored", () => {
    const { script, effects } = rollingBack();
    script.fail("b");
    script.undo("a", effects[1]);
    script.undo("a", effects[0]);
    expect(() => script.on("run-rolled-back", { reason: "x" })).toThrow(
      expect.objectContaining({ code: "STATE_CONFLICT" }),
    );
  });
});

const done = () => {
  const script = new RunScript(workflow({ steps: [{ name: "a" }, { name: "b", compensation }] }));
  script.intend("a");
  const effects = [script.write("a", "one.txt"), script.write("a", "two.txt")] as const;
  script.complete("a");
  script.run("b", {}, { undo: "compensable" });
  script.settle();
  return { script, effects };
};

describe("after the end", () => {
  test("one step is undone, and redone", () => {
    const { script, effects } = done();
    script.undo("a", effects[0]);
    const undoneSeq = script.entries.find(({ type }) => type === "undo-intended")?.seq ?? 0;
    script.on("run-undone", { reason: "part", partial: true });
    expect(script.state).toMatchObject({ phase: "COMPLETED", reason: "part" });
    expect(undoOf(script)).toEqual(["b", effects[1]]);
    script.undo("a", undoneSeq);
    script.on("run-redone", { reason: "back", status: "COMPLETED" });
    expect(script.state).toMatchObject({ phase: "COMPLETED", reason: "back", undone: null });
    expect(undoOf(script)).toEqual([effects[0], "b", effects[1]]);
  });

  test("the whole run is undone and redone; what is refused stays", () => {
    const { script, effects } = done();
    const { endedAt } = script.state;
    script.intend("b", { role: "compensation" });
    script.fail("b");
    script.write("b");
    expect(undoOf(script)).toEqual(["b", effects[1], effects[0]]);
    script.complete("b");
    script.refuseUndo("a", effects[1]);
    expect(undoOf(script)).toEqual([effects[1], effects[0]]);
    script.undo("a", effects[1]);
    script.undo("a", effects[0]);
    script.complete("global[0]");
    script.on("run-undone", { reason: "all", partial: false });
    expect(script.state).toMatchObject({ phase: "ROLLED_BACK", undo: null, endedAt });
    script.on("run-redone", { reason: "back", status: "COMPLETED" });
    expect(script.state).toMatchObject({ phase: "COMPLETED", endedAt });
  });

  test("a failed run that is undone and redone is a failed run again", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }), { autoRollback: false });
    script.intend("a");
    const seq = script.write("a");
    script.fail("a");
    script.settle();
    script.undo("a", seq);
    script.on("run-undone", { reason: "all", partial: false });
    expect(script.state.phase).toBe("ROLLED_BACK");
    script.on("run-redone", { reason: "back", status: "FAILED" });
    expect(script.state).toMatchObject({ phase: "FAILED", failure: { code: "SERVICE_REFUSED" } });
  });

  test("an undo that was intended twice, because a crash came between, is one undo", () => {
    const { script, effects } = done();
    script.onStep("undo-intended", "a", { of: effects[1], mode: "strict", changes: [] });
    script.undo("a", effects[1]);
    expect(script.state.undoing).toEqual([]);
    const latest = script.entries.findLast(({ type }) => type === "undo-intended");
    expect(itemsOf(script.state.undone)).toMatchObject([{ seq: latest?.seq, item: { seq: effects[1] } }]);
  });

  test("another run's compensation is refused", () => {
    const { script } = done();
    expect(() => script.complete("a")).toThrow(expect.objectContaining({ code: "STATE_CONFLICT" }));
  });
});
