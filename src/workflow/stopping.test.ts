import { describe, expect, test } from "vitest";

import { failure, RunScript, type ScriptOptions, timeAt, workflow } from "../../test/run-script.ts";
import { mayStart, pending } from "./pending.ts";
import { MAX_ATTEMPTS } from "./stopping.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

/** `a`, `b` and `c` start at once, `d` follows them. */
const together = (more: object = {}, options: ScriptOptions = {}) =>
  new RunScript(
    workflow({
      steps: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d", depends_on: ["a", "b", "c"] }],
      ...more,
    }),
    options,
  );

const retry = (script: RunScript) => script.fail("all", "SERVICE_FAILED", timeAt(60));

describe("a failure that is retried", () => {
  test("starts again later, with the next attempt", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    script.intend("a");
    expect(script.fail("a", "SERVICE_FAILED", timeAt(60))).toEqual(["start-later a"]);
    expect(script.last).toEqual([{ kind: "start-later", step: "a", at: timeAt(60) }]);
    expect(script.step("a")).toMatchObject({
      phase: "retrying",
      attempt: 1,
      retryAt: timeAt(60),
      failure: { code: "SERVICE_FAILED" },
    });
    expect(mayStart(script.state, "a")).toBe(true);
    expect(script.run("a")).toEqual(["append run-completed"]);
    expect(script.step("a")).toMatchObject({ phase: "completed", attempt: 2, failure: null, retryAt: null });
  });

  test("a block whose evaluation failed is entered later, or skipped", () => {
    const entered = new RunScript(
      workflow({ steps: [{ name: "all", step_type: "PARALLEL", steps: [{ name: "a" }] }] }),
    );
    retry(entered);
    expect(entered.enter("all")).toEqual(["start all/a"]);
    expect(entered.step("all")).toMatchObject({ phase: "running", failure: null, retryAt: null });
    const skipped = new RunScript(workflow({ steps: [{ name: "all", step_type: "PARALLEL" }] }));
    retry(skipped);
    expect(skipped.onStep("step-skipped", "all", { reason: "when" })).toEqual(["append run-completed"]);
  });

  test("again and again, also before the attempt was intended", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    expect(script.fail("a", "SERVICE_FAILED", timeAt(60))).toEqual(["start-later a"]);
    expect(script.fail("a", "SERVICE_FAILED", timeAt(61))).toEqual(["start-later a"]);
    expect(script.last).toEqual([{ kind: "start-later", step: "a", at: timeAt(61) }]);
    expect(script.state.retrying).toEqual(["a"]);
    script.onStep("step-failed", "a", {
      attempt: 3,
      failure: failure("SERVICE_FAILED"),
      durationMs: 1,
      retryAt: timeAt(62),
    });
    expect(script.step("a")).toMatchObject({
      attempt: 3,
      executionOrder: 1,
      startedAt: timeAt(2),
      retryAt: timeAt(62),
    });
  });
});

describe("a failure that is not retried", () => {
  test("starts nothing more, aborts what runs, and ends when nothing runs", () => {
    const script = together();
    script.intend("a");
    script.intend("b");
    expect(script.fail("a")).toEqual(["abort b"]);
    expect(mayStart(script.state, "c")).toBe(false);
    expect(script.fail("b", "CANCELLED")).toEqual(["append run-failed"]);
    script.settle();
    expect(script.state).toMatchObject({
      phase: "FAILED",
      failure: { code: "SERVICE_REFUSED" },
      activeSince: null,
    });
    expect(script.state.endedAt).toBe(script.state.updatedAt);
    expect(["a", "b", "c", "d"].map((key) => script.step(key).phase)).toEqual([
      "failed",
      "failed",
      "pending",
      "pending",
    ]);
  });

  test("a sibling that ends well after it still counts, and lets nothing start", () => {
    const script = together();
    script.intend("a");
    script.intend("b");
    script.fail("a");
    expect(script.complete("b", { n: 1 })).toEqual(["append run-failed"]);
    expect(script.step("b")).toMatchObject({ phase: "completed", outputs: { n: 1 } });
  });

  test("what waits for an approval, or to be retried, is dropped", () => {
    const script = together();
    script.intend("a");
    script.ask("b");
    script.intend("c");
    script.fail("c", "SERVICE_FAILED", timeAt(60));
    expect(script.fail("a")).toEqual(["append run-failed"]);
    expect(() => script.decide("b", "approved")).toThrow(expect.objectContaining({ code: "STATE_CONFLICT" }));
    script.settle();
    expect(script.step("b")).toMatchObject({ phase: "pending", approval: null });
    expect(script.step("c")).toMatchObject({
      phase: "failed",
      failure: { code: "SERVICE_FAILED" },
      retryAt: null,
    });
    expect(script.state).toMatchObject({ ready: [], retrying: [], waiting: [], running: [] });
  });

  test("the second failure in a block leaves the block the first", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "all", step_type: "PARALLEL", steps: [{ name: "a" }, { name: "b" }] }] }),
    );
    script.enter("all");
    script.intend("all/a");
    script.intend("all/b");
    script.fail("all/a", "FILE_NOT_FOUND");
    script.fail("all/b", "CANCELLED");
    expect(script.step("all")).toMatchObject({ phase: "failed", failure: { code: "FILE_NOT_FOUND" } });
    expect(script.step("all/b")).toMatchObject({ phase: "failed", failure: { code: "CANCELLED" } });
  });

  test("the blocks around the step fail with it", () => {
    const script = new RunScript(
      workflow({
        steps: [
          {
            name: "each",
            foreach: [],
            steps: [{ name: "all", step_type: "PARALLEL", steps: [{ name: "a" }, { name: "b" }] }],
          },
        ],
      }),
    );
    script.enter("each", { items: [1] });
    script.enter("each[0]/all");
    script.fail("each[0]/all/a", "TEMPLATE_UNRESOLVED");
    for (const key of ["each", "each[0]/all", "each[0]/all/a"])
      expect(script.step(key)).toMatchObject({
        phase: "failed",
        failure: { code: "TEMPLATE_UNRESOLVED" },
        endedAt: script.state.updatedAt,
      });
    expect(script.step("each[0]/all/b").phase).toBe("ready");
  });

  test.for(["step-intended", "block-entered", "approval-requested"] as const)(
    "then a proposed %s is refused",
    (type) => {
      const script = new RunScript(
        workflow({
          steps: [{ name: "a" }, { name: "b", step_type: "PARALLEL" }, { name: "c", depends_on: ["a"] }],
        }),
      );
      script.intend("a");
      script.fail("a");
      expect(() => script.onStep(type, "b", { role: "step" })).toThrow(
        expect.objectContaining({
          code: "STATE_CONFLICT",
          message: expect.stringMatching(/b.*nothing starts/),
        }),
      );
    },
  );

  test.for([
    ["something to undo", true, true, {}, "append rollback-started"],
    ["nothing to undo", false, true, {}, "append run-failed"],
    ["rollback switched off", true, false, {}, "append run-failed"],
    [
      "a global compensation",
      false,
      true,
      { global_compensation_steps: [{ capability_name: "x.y" }] },
      "append rollback-started",
    ],
  ] as const)("%s decides how it ends", ([, writes, autoRollback, more, expected]) => {
    const script = together(more, { autoRollback });
    script.intend("a");
    if (writes) script.write("a");
    expect(script.fail("a")).toEqual([expected]);
  });
});

describe("a lease conflict that is not retried", () => {
  test("rolls back and starts again as if nothing had been", () => {
    const script = together({ initial_state: { p: 1 } }, { inputs: { q: 2 } });
    const fresh = script.state;
    script.intend("a");
    const seq = script.write("a");
    script.intend("b");
    expect(script.fail("b", "LEASE_CONFLICT")).toEqual(["abort a"]);
    expect(script.fail("a", "CANCELLED")).toEqual(["append rollback-started"]);
    expect(script.settle()).toEqual(["undo effect a"]);
    expect(script.undo("a", seq)).toEqual(["append run-restarted"]);
    expect(script.last).toMatchObject([
      { event: { data: { attempt: 2, failure: { code: "LEASE_CONFLICT" } } } },
    ]);
    expect(script.settle()).toEqual(["start a", "start b", "start c"]);
    expect(script.state).toEqual({ ...fresh, attempt: 2, updatedAt: script.state.updatedAt });
  });

  test("with nothing to undo it starts again at once, also without automatic rollback and past global compensations", () => {
    const script = together(
      { global_compensation_steps: [{ capability_name: "x.y" }] },
      { autoRollback: false },
    );
    script.intend("a");
    expect(script.fail("a", "LEASE_CONFLICT")).toEqual(["append run-restarted"]);
    expect(script.settle()).toEqual(["start a", "start b", "start c"]);
  });

  test(`after ${MAX_ATTEMPTS} attempts it is a failure like others`, () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      script.intend("a");
      expect(script.fail("a", "LEASE_CONFLICT")).toEqual(["append run-restarted"]);
      script.settle();
      expect(script.state.attempt).toBe(attempt + 1);
    }
    script.intend("a");
    expect(script.fail("a", "LEASE_CONFLICT")).toEqual(["append run-failed"]);
  });

  test("a sibling's failure does not replace it", () => {
    const script = together();
    script.intend("a");
    script.intend("b");
    script.fail("a", "LEASE_CONFLICT");
    expect(script.fail("b", "CANCELLED")).toEqual(["append run-restarted"]);
  });

  test("where something was not restored it does not start again", () => {
    const script = together();
    script.intend("a");
    const seq = script.write("a");
    script.fail("a", "LEASE_CONFLICT");
    script.settle();
    expect(script.refuseUndo("a", seq)).toEqual(["append rollback-incomplete"]);
  });
});

const cancel = (script: RunScript, rollback: boolean) =>
  script.on("run-cancel-requested", { reason: "enough", rollback });

describe("a cancellation", () => {
  test("that came before the end was written down counts, also when all is done", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    script.intend("a");
    cancel(script, false);
    expect(script.complete("a")).toEqual(["append run-failed"]);
    expect(() => script.on("run-completed")).toThrow(
      expect.objectContaining({
        code: "STATE_CONFLICT",
        message: expect.stringContaining("it is stopping") as string,
      }),
    );
  });

  test.for([
    [true, "append rollback-started", "ROLLED_BACK", null],
    [false, "append run-failed", "FAILED", "CANCELLED"],
  ] as const)("rollback %s", ([rollback, decided, phase, code]) => {
    const script = together();
    script.intend("a");
    expect(cancel(script, rollback)).toEqual(["abort a"]);
    expect(script.fail("a", "CANCELLED")).toEqual([decided]);
    script.settle();
    expect(script.state).toMatchObject({ phase, reason: rollback ? "enough" : null });
    expect(script.state.failure?.code ?? null).toBe(code);
  });

  test("ends a paused run too", () => {
    const script = together();
    script.on("run-paused", { reason: "wait" });
    expect(cancel(script, true)).toEqual(["append rollback-started"]);
    expect(script.state).toMatchObject({ phase: "RUNNING", pauseReason: null });
  });

  test("after a failure, or a second time, it changes nothing", () => {
    const failed = together();
    failed.intend("a");
    failed.intend("b");
    failed.fail("a");
    expect(cancel(failed, false)).toEqual([]);
    expect(failed.fail("b", "CANCELLED")).toEqual(["append run-failed"]);
    expect(failed.last).toMatchObject([{ event: { data: { failure: { code: "SERVICE_REFUSED" } } } }]);

    const cancelled = together();
    cancelled.intend("a");
    cancel(cancelled, true);
    expect(cancel(cancelled, false)).toEqual([]);
    expect(cancelled.state.stopping).toMatchObject({ rollback: true });
  });

  test.for([
    ["while its steps are being stopped", true],
    ["during its rollback", false],
  ] as const)("after a lease conflict, %s, it keeps the run from starting again", ([, early]) => {
    const script = together();
    script.intend("a");
    const seq = script.write("a");
    script.intend("b");
    script.fail("a", "LEASE_CONFLICT");
    if (early) cancel(script, true);
    script.fail("b", "CANCELLED");
    script.settle();
    if (!early) cancel(script, true);
    expect(script.undo("a", seq)).toEqual(["append run-rolled-back"]);
    script.settle();
    expect(script.state).toMatchObject({ phase: "ROLLED_BACK", reason: "enough", failure: null });
  });

  test("a rollback is shielded from it", () => {
    const script = together();
    script.intend("a");
    const seq = script.write("a");
    script.fail("a");
    script.settle();
    const before = script.state;
    expect(cancel(script, false)).toEqual([]);
    expect(script.state).toEqual({ ...before, updatedAt: script.state.updatedAt });
    expect(script.undo("a", seq)).toEqual(["append run-rolled-back"]);
  });
});

describe("a run whose time is up", () => {
  test("fails with RUN_TIMED_OUT after what runs was aborted", () => {
    const script = together({ max_execution_time_seconds: 7 });
    script.intend("a");
    expect(script.on("run-timed-out")).toEqual(["abort a"]);
    expect(script.fail("a", "CANCELLED")).toEqual(["append run-failed"]);
    expect(script.last).toMatchObject([
      { event: { data: { failure: { code: "RUN_TIMED_OUT", message: expect.stringMatching(/7 s/) } } } },
    ]);
  });

  test("is not said twice, and does not replace a failure", () => {
    const script = together();
    script.intend("a");
    script.intend("b");
    script.fail("a");
    expect(script.on("run-timed-out")).toEqual([]);
    expect(script.state.stopping).toEqual({ why: "failure", failure: failure() });
  });

  test("in the rollback of a lease conflict it keeps the run from starting again", () => {
    const script = together();
    script.intend("a");
    const seq = script.write("a");
    script.fail("a", "LEASE_CONFLICT");
    script.settle();
    expect(script.on("run-timed-out")).toEqual([]);
    expect(script.undo("a", seq)).toEqual(["append run-rolled-back"]);
    expect(script.state.failure).toMatchObject({ code: "RUN_TIMED_OUT" });
  });
});

test("an ended run has nothing to do", () => {
  const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
  script.run("a");
  script.settle();
  expect(pending(script.state)).toEqual([]);
  expect(mayStart(script.state, "a")).toBe(false);
  expect(mayStart(script.state, "nobody")).toBe(false);
});
