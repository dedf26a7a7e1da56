import { describe, expect, test } from "vitest";

import { RunScript, workflow } from "../../test/run-script.ts";
import { stepsOf } from "./frames.ts";
import { pending } from "./pending.ts";
import { itemsOf } from "./stack.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

const starts = (script: RunScript) =>
  pending(script.state).flatMap((command) => (command.kind === "start" ? [command.step] : []));

describe("order within a list of steps", () => {
  test.for([
    ["one after another where nobody depends on anything", [{ name: "a" }, { name: "b" }], ["a"]],
    [
      "at once where somebody depends on something",
      [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a"] }],
      ["a", "b"],
    ],
    ["whatever is written first", [{ name: "a", depends_on: ["b"] }, { name: "b" }], ["b"]],
    ["a single step", [{ name: "a" }], ["a"]],
  ] as const)("%s", ([, steps, first]) => {
    expect(starts(new RunScript(workflow({ steps })))).toEqual(first);
  });

  test("a step starts after the last of what it depends on, and only once", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a", "b", "a"] }] }),
    );
    expect(script.run("b")).toEqual([]);
    expect(script.run("a")).toEqual(["start c"]);
    expect(script.run("c")).toEqual(["append run-completed"]);
    script.settle();
    expect(script.state).toMatchObject({
      phase: "COMPLETED",
      activeSince: null,
      endedAt: script.state.updatedAt,
    });
  });

  test("a skipped step lets its dependents run", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }, { name: "b", depends_on: ["a"] }] }));
    expect(script.onStep("step-skipped", "a", { reason: "when" })).toEqual(["start b"]);
    expect(script.step("a")).toMatchObject({ phase: "skipped", outputs: null, executionOrder: null });
  });

  test("a run whose steps were all skipped is complete", () => {
    const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
    expect(script.onStep("step-skipped", "a", { reason: "when" })).toEqual(["append run-completed"]);
  });

  test("a dependency that is not beside the step is an error of the spec", () => {
    expect(() => new RunScript(workflow({ steps: [{ name: "a", depends_on: ["x"] }] }))).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", message: expect.stringMatching(/"a" depends on "x"/) }),
    );
  });

  test("steps are numbered by their first start and keep their times", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["b"] }] }),
    );
    script.intend("b");
    script.intend("a");
    script.fail("a", "SERVICE_FAILED", "2026-01-01T00:01:00.000Z");
    script.intend("a");
    script.complete("a");
    expect([...stepsOf(script.state)].map(({ key, executionOrder }) => [key, executionOrder])).toEqual([
      ["a", 2],
      ["b", 1],
      ["c", null],
    ]);
    expect(script.step("a")).toMatchObject({
      attempt: 2,
      startedAt: "2026-01-01T00:00:03.000Z",
      endedAt: "2026-01-01T00:00:06.000Z",
    });
  });
});

const compensated = (more: object) => [
  { name: "a" },
  { name: "undo_a", step_type: "COMPENSATION", ...more },
  { name: "b", depends_on: ["undo_a"] },
];

describe("COMPENSATION", () => {
  test("never runs forward, satisfies what depends on it, and waits on the undo stack", () => {
    const script = new RunScript(workflow({ steps: compensated({ depends_on: ["a"] }) }));
    expect(starts(script)).toEqual(["a"]);
    expect(script.run("a")).toEqual(["start b"]);
    expect(itemsOf(script.state.undo)).toEqual([{ kind: "compensation", step: "undo_a" }]);
    expect(script.run("b")).toEqual(["append run-completed"]);
    expect(script.step("undo_a")).toMatchObject({ phase: "skipped", attempt: 0 });
  });

  test("has nothing to compensate where its step was skipped", () => {
    const script = new RunScript(workflow({ steps: compensated({ depends_on: ["a"] }) }));
    expect(script.onStep("step-skipped", "a", { reason: "when" })).toEqual(["start b"]);
    expect(script.state.undo).toBeNull();
  });

  test("takes its turn where steps run one after another", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "a" }, { name: "undo_a", step_type: "COMPENSATION" }, { name: "b" }] }),
    );
    expect(itemsOf(script.state.undo)).toEqual([]);
    expect(script.run("a")).toEqual(["start b"]);
    expect(itemsOf(script.state.undo)).toEqual([{ kind: "compensation", step: "undo_a" }]);
  });

  test("may depend on another one", () => {
    const script = new RunScript(
      workflow({
        steps: [
          { name: "a" },
          { name: "one", step_type: "COMPENSATION", depends_on: ["a"] },
          { name: "two", step_type: "COMPENSATION", depends_on: ["one"] },
        ],
      }),
    );
    expect(script.run("a")).toEqual(["append run-completed"]);
    expect(itemsOf(script.state.undo).map(({ step }) => step)).toEqual(["two", "one"]);
  });

  test.for([1, 2])(
    "a step that waits for it and for what it compensates starts once, limit %i",
    (max_concurrency) => {
      const steps = [
        { name: "a" },
        { name: "undo_a", step_type: "COMPENSATION", depends_on: ["a"] },
        { name: "more", step_type: "COMPENSATION", depends_on: ["undo_a", "a"] },
        { name: "b", depends_on: ["undo_a", "a"] },
        { name: "c" },
        { name: "d", depends_on: ["a"] },
      ];
      const script = new RunScript(
        workflow({ steps: [{ name: "all", step_type: "PARALLEL", max_concurrency, steps }] }),
      );
      script.enter("all");
      script.run("all/a");
      script.run("all/c");
      expect(starts(script)).toEqual(["all/b", "all/d"].slice(0, max_concurrency));
      script.run("all/b");
      expect(script.run("all/d")).toEqual(["append run-completed"]);
      expect(itemsOf(script.state.undo)).toHaveLength(2);
    },
  );
});
