import { describe, expect, test } from "vitest";

import { RunScript, timeAt, workflow } from "../../test/run-script.ts";
import { APPROVAL_REQUIRED, mayStart, pending } from "./pending.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

const conflict = expect.objectContaining({ code: "STATE_CONFLICT" });
const gate = { name: "gate", step_type: "HUMAN_APPROVAL" };

const asked = () => {
  const script = new RunScript(workflow({ steps: [gate, { name: "after" }] }));
  script.ask("gate");
  return script;
};

describe("HUMAN_APPROVAL", () => {
  test("the run pauses by itself when nothing else can go on, and an approval resumes it", () => {
    const script = asked();
    expect(script.last).toEqual([
      { kind: "append", event: { type: "run-paused", data: { reason: APPROVAL_REQUIRED } } },
    ]);
    expect(script.settle()).toEqual([]);
    expect(script.state).toMatchObject({ phase: "PAUSED", pauseReason: null, activeSince: null });
    expect(script.step("gate")).toMatchObject({
      phase: "waiting",
      executionOrder: 1,
      approval: { id: "ask-gate", binds: "b", granted: false },
    });
    expect(script.decide("gate", "approved")).toEqual(["start after"]);
    expect(script.state).toMatchObject({ phase: "RUNNING", activeSince: script.state.updatedAt });
    expect(script.step("gate")).toMatchObject({ phase: "completed", outputs: { approved: true } });
  });

  test.for(["rejected", "expired"] as const)("%s is a failure", (decision) => {
    const script = asked();
    script.settle();
    expect(script.decide("gate", decision)).toEqual(["append run-failed"]);
    expect(script.last).toMatchObject([
      { event: { data: { failure: { code: "DENIED", message: expect.stringMatching(decision) } } } },
    ]);
  });

  test("an answer that comes before the pause makes it unnecessary", () => {
    const script = asked();
    expect(script.decide("gate", "approved")).toEqual(["start after"]);
    expect(script.on("run-paused", { reason: APPROVAL_REQUIRED })).toEqual([]);
    expect(script.state.phase).toBe("RUNNING");
  });

  test.for([
    ["another approval's id", (script: RunScript) => script.decide("gate", "approved", "other")],
    ["an answer to a step that asked nothing", (script: RunScript) => script.decide("after", "approved")],
    ["an answer to a step that is not there", (script: RunScript) => script.decide("nobody", "approved")],
    ["a second question", (script: RunScript) => script.ask("gate")],
    [
      "a second answer",
      (script: RunScript) => [script.decide("gate", "approved"), script.decide("gate", "approved")],
    ],
  ] as const)("refused: %s", ([, play]) => {
    expect(() => play(asked())).toThrow(conflict);
  });

  test("the run goes on as long as something else can", () => {
    const steps = [gate, { name: "b" }, { name: "c" }, { name: "d", depends_on: ["b"] }];
    const script = new RunScript(workflow({ steps }));
    expect(script.ask("gate")).toEqual([]);
    expect(script.run("b")).toEqual(["start d"]);
    script.run("c");
    script.intend("d");
    expect(script.fail("d", "SERVICE_FAILED", timeAt(90))).toEqual(["start-later d"]);
    expect(script.run("d")).toEqual(["append run-paused"]);
  });

  test("a run whose time is up while it waits does not wait any more", () => {
    const script = asked();
    script.settle();
    expect(script.on("run-timed-out")).toEqual(["append run-failed"]);
  });

  test("of two questions the pause ends with each answer and comes back for the other", () => {
    const script = new RunScript(
      workflow({ steps: [gate, { ...gate, name: "two" }, { name: "z", depends_on: ["gate"] }] }),
    );
    script.ask("gate");
    script.ask("two");
    script.settle();
    expect(script.decide("two", "approved")).toEqual(["append run-paused"]);
    script.settle();
    expect(script.decide("gate", "approved")).toEqual(["start z"]);
  });
});

describe("the approval of an ACTION", () => {
  test("is used up by the attempt that it was granted for", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    script.ask("a");
    script.settle();
    expect(script.decide("a", "approved")).toEqual(["start a"]);
    expect(script.step("a")).toMatchObject({ phase: "ready", approval: { id: "ask-a", granted: true } });
    script.intend("a", { approval: "ask-a" });
    expect(script.step("a").approval).toBeNull();
    script.fail("a", "SERVICE_FAILED", timeAt(90));
    expect(script.ask("a", "again")).toEqual(["append run-paused"]);
    expect(script.step("a")).toMatchObject({
      phase: "waiting",
      retryAt: null,
      approval: { id: "again", granted: false },
    });
  });

  test("can be asked for anew where the granted one does not fit any more", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    script.ask("a");
    script.decide("a", "approved");
    expect(script.ask("a", "again")).toEqual(["append run-paused"]);
  });
});

const four = () =>
  new RunScript(
    workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d", depends_on: ["a"] }] }),
  );

describe("a pause that an operator asked for", () => {
  test("nothing starts, what runs goes on, and a resume starts all that is due", () => {
    const script = four();
    script.intend("a");
    script.intend("b");
    expect(script.on("run-paused", { reason: "look" })).toEqual([]);
    expect(script.state).toMatchObject({ phase: "PAUSED", pauseReason: "look", activeSince: null });
    expect(mayStart(script.state, "c")).toBe(false);
    expect(script.complete("a")).toEqual([]);
    expect(script.fail("b", "SERVICE_FAILED", timeAt(90))).toEqual([]);
    expect(pending(script.state)).toEqual([]);
    expect(script.on("run-resumed", { reason: "go" })).toEqual(["start c", "start d", "start-later b"]);
    expect(script.state).toMatchObject({ phase: "RUNNING", pauseReason: null });
  });

  test("a start that was due before it may still be intended", () => {
    const script = four();
    script.on("run-paused", { reason: "look" });
    expect(script.run("a")).toEqual([]);
    expect(script.step("a").phase).toBe("completed");
  });

  test("a failure is acted upon when it ends, a cancellation at once", () => {
    const script = four();
    script.intend("a");
    script.intend("b");
    script.write("b");
    script.on("run-paused", { reason: "look" });
    expect(script.fail("a")).toEqual([]);
    expect(script.on("run-timed-out")).toEqual([]);
    expect(script.on("run-resumed", { reason: "go" })).toEqual(["abort b"]);
    expect(script.fail("b", "CANCELLED")).toEqual(["append rollback-started"]);
  });

  test("lasts through an answer, and is followed by the pause for what is still unanswered", () => {
    const script = new RunScript(
      workflow({ steps: [gate, { ...gate, name: "two" }, { name: "z", depends_on: ["gate"] }] }),
    );
    script.ask("gate");
    script.ask("two");
    script.settle();
    script.on("run-paused", { reason: "look" });
    expect(script.decide("two", "approved")).toEqual([]);
    expect(script.state).toMatchObject({ phase: "PAUSED", pauseReason: "look" });
    expect(script.on("run-resumed", { reason: "go" })).toEqual(["append run-paused"]);
  });

  test.for([
    ["a second pause", (script: RunScript) => script.on("run-paused", { reason: "more" }), true],
    [
      "a resume of what is not paused",
      (script: RunScript) => script.on("run-resumed", { reason: "go" }),
      false,
    ],
  ] as const)("refused: %s", ([, play, paused]) => {
    const script = four();
    if (paused) script.on("run-paused", { reason: "look" });
    expect(() => play(script)).toThrow(conflict);
  });

  test("refused: the resume of a run that waits for an approval, and the pause of one that is stopping", () => {
    const waiting = new RunScript(workflow({ steps: [gate] }));
    waiting.ask("gate");
    waiting.settle();
    expect(() => waiting.on("run-resumed", { reason: "go" })).toThrow(conflict);
    const stopping = four();
    stopping.intend("a");
    stopping.intend("b");
    stopping.fail("a");
    expect(() => stopping.on("run-paused", { reason: "look" })).toThrow(conflict);
  });
});

describe("time at work", () => {
  test("does not count pauses, nor the time until another process goes on", () => {
    const script = new RunScript(workflow({ steps: [gate, { name: "a" }] }));
    script.wait(9);
    script.ask("gate");
    script.wait(9);
    script.settle();
    expect(script.state.activeMs).toBe(20_000);
    script.wait(100);
    script.decide("gate", "approved");
    script.wait(4);
    script.intend("a");
    script.wait(100);
    script.on("run-claimed", { owner: { process: "p2", pid: 2, host: "h" }, from: "p1" });
    expect(script.state.activeMs).toBe(25_000);
    script.complete("a");
    script.settle();
    expect(script.state).toMatchObject({ phase: "COMPLETED", activeMs: 27_000, activeSince: null });
  });

  test("a claim of a paused run counts nothing, and a clock that went back counts as no time", () => {
    const script = new RunScript(workflow({ steps: [gate] }));
    script.wait(-5);
    script.ask("gate");
    script.settle();
    script.on("run-claimed", { owner: { process: "p2", pid: 2, host: "h" }, from: "p1" });
    expect(script.state).toMatchObject({ activeMs: 0, activeSince: null });
  });
});

const cutOff = (outcome: string) => {
  const script = new RunScript(workflow({ steps: [{ name: "a" }, { name: "b" }] }));
  script.intend("a");
  script.write("a");
  return { script, commands: script.onStep("step-interrupted", "a", { attempt: 1, outcome }) };
};

describe("a step that a crash cut off", () => {
  test.for(["undone", "repeatable"])(
    "%s: starts again with the number of the attempt that did not end",
    (outcome) => {
      const { script, commands } = cutOff(outcome);
      expect(commands).toEqual(["start a"]);
      expect(script.step("a")).toMatchObject({ phase: "ready", attempt: 0 });
      script.intend("a");
      expect(script.step("a")).toMatchObject({ attempt: 1, executionOrder: 1, startedAt: timeAt(2) });
    },
  );

  test("unknown: asks a human, starts again when allowed", () => {
    const { script, commands } = cutOff("unknown");
    expect(commands).toEqual(["ask a"]);
    expect(pending(script.state)).toEqual([{ kind: "ask", step: "a" }]);
    expect(script.ask("a")).toEqual(["append run-paused"]);
    script.settle();
    expect(script.decide("a", "approved")).toEqual(["start a"]);
    expect(script.run("a")).toEqual(["start b"]);
    expect(script.step("a")).toMatchObject({ attempt: 1, uncertain: false });
  });

  test("unknown and not allowed: fails and rolls back", () => {
    const { script } = cutOff("unknown");
    script.ask("a");
    expect(script.decide("a", "rejected")).toEqual(["append rollback-started"]);
    expect(script.state.stopping).toMatchObject({
      failure: { code: "RECOVERY_NEEDS_HUMAN", message: expect.stringMatching(/attempt 1 of the step "a"/) },
    });
  });

  test("unknown while the run stops: nobody is asked, and the step has failed", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a"] }] }),
    );
    script.intend("a");
    script.intend("b");
    script.fail("a");
    expect(script.onStep("step-interrupted", "b", { attempt: 1, outcome: "unknown" })).toEqual([
      "append run-failed",
    ]);
    script.settle();
    expect(script.step("b")).toMatchObject({ phase: "failed", failure: { code: "RECOVERY_NEEDS_HUMAN" } });
  });
});
