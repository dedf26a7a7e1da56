import { describe, expect, test } from "vitest";

import { condition, RunScript, workflow } from "../../test/run-script.ts";
import { frameOf } from "./frames.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics");

describe("CONDITION", () => {
  const steps = [
    condition("check", [{ name: "yes" }, { name: "more" }], [{ name: "no" }]),
    { name: "after" },
  ];

  test.for([
    ["then", ["start check/yes"], true],
    ["else", ["start check/no"], false],
  ] as const)("takes the branch %s", ([branch, first, result]) => {
    const script = new RunScript(workflow({ steps }));
    expect(script.enter("check", { branch })).toEqual(first);
    expect(script.step("check")).toMatchObject({ phase: "running", branch });
    if (branch === "then") expect(script.run("check/yes")).toEqual(["start check/more"]);
    expect(script.run(branch === "then" ? "check/more" : "check/no")).toEqual(["start after"]);
    expect(script.step("check")).toMatchObject({
      phase: "completed",
      outputs: { result },
      executionOrder: 1,
    });
  });

  test.for(["then", "else"])("a branch that is not written is empty: %s", (branch) => {
    const script = new RunScript(
      workflow({ steps: [{ name: "check", step_type: "CONDITION" }, { name: "after" }] }),
    );
    expect(script.enter("check", { branch })).toEqual(["start after"]);
  });
});

const children = (max_concurrency?: number) => [
  {
    name: "all",
    step_type: "PARALLEL",
    ...(max_concurrency === undefined ? {} : { max_concurrency }),
    steps: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d", depends_on: ["a"] }],
  },
];

describe("PARALLEL", () => {
  test("starts its children at once, and a child that depends on a sibling after it", () => {
    const script = new RunScript(workflow({ steps: children() }));
    expect(script.enter("all")).toEqual(["start all/a", "start all/b", "start all/c"]);
    expect(script.run("all/a")).toEqual(["start all/d"]);
    script.run("all/b");
    script.run("all/c");
    expect(script.run("all/d")).toEqual(["append run-completed"]);
    expect(script.step("all")).toMatchObject({ phase: "completed", outputs: {} });
  });

  test("children that depend on nothing start at once even where none depends on any", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "all", step_type: "PARALLEL", steps: [{ name: "a" }, { name: "b" }] }] }),
    );
    expect(script.enter("all")).toEqual(["start all/a", "start all/b"]);
  });

  test("never has more under way than max_concurrency, and none is forgotten", () => {
    const script = new RunScript(workflow({ steps: children(2) }));
    expect(script.enter("all")).toEqual(["start all/a", "start all/b"]);
    expect(script.run("all/a")).toEqual(["start all/c"]);
    expect(script.onStep("step-skipped", "all/b", { reason: "when" })).toEqual(["start all/d"]);
    expect(script.run("all/d")).toEqual([]);
    expect(script.run("all/c")).toEqual(["append run-completed"]);
  });

  test("a COMPENSATION takes no place", () => {
    const steps = [{ name: "undo", step_type: "COMPENSATION" }, { name: "a" }, { name: "b" }];
    const script = new RunScript(
      workflow({ steps: [{ name: "all", step_type: "PARALLEL", max_concurrency: 1, steps }] }),
    );
    expect(script.enter("all")).toEqual(["start all/a"]);
    expect(script.run("all/a")).toEqual(["start all/b"]);
  });

  test("a child that waits to be retried, or for an approval, is under way", () => {
    const script = new RunScript(workflow({ steps: children(2) }));
    script.enter("all");
    script.intend("all/a");
    expect(script.fail("all/a", "SERVICE_FAILED", "2026-01-01T00:01:00.000Z")).toEqual(["start-later all/a"]);
    expect(script.ask("all/b")).toEqual([]);
    expect(script.decide("all/b", "approved")).toEqual(["start all/b"]);
    expect(script.run("all/b")).toEqual(["start all/c"]);
  });

  test("without children it is done at once", () => {
    const script = new RunScript(workflow({ steps: [{ name: "all", step_type: "PARALLEL" }] }));
    expect(script.enter("all")).toEqual(["append run-completed"]);
  });
});

describe("WORKFLOW", () => {
  const sub = workflow({ steps: [{ name: "a" }, { name: "b" }], initial_state: { size: 1, color: "red" } });
  const steps = [{ name: "call", step_type: "WORKFLOW", workflow: "child" }, { name: "after" }];

  test("runs the steps of the sub-workflow and gives their outputs, merged", () => {
    const script = new RunScript(workflow({ steps }), { subs: { child: sub } });
    expect(script.enter("call", { variables: { size: 2 } })).toEqual(["start call/a"]);
    expect(frameOf(script.state, "call")).toMatchObject({
      parent: null,
      variables: { size: 2, color: "red" },
    });
    expect(script.run("call/a", { path: "x", n: 1 })).toEqual(["start call/b"]);
    expect(script.run("call/b", { path: "y" })).toEqual(["start after"]);
    expect(script.step("call").outputs).toEqual({ path: "y", n: 1 });
  });

  test("a workflow that the run did not start with is an error", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "call", step_type: "WORKFLOW", workflow: "constructor" }] }),
    );
    expect(() => script.enter("call")).toThrow(
      expect.objectContaining({ code: "WORKFLOW_UNKNOWN", message: expect.stringMatching(/"constructor"/) }),
    );
  });

  test("a step that names no workflow is an error", () => {
    const script = new RunScript(workflow({ steps: [{ name: "call", step_type: "WORKFLOW" }] }));
    expect(() => script.enter("call")).toThrow(expect.objectContaining({ code: "WORKFLOW_UNKNOWN" }));
  });
});

describe("foreach", () => {
  test("runs the step once for each element, at most max_concurrency at once, and keeps the results in order", () => {
    const script = new RunScript(
      workflow({
        steps: [
          { name: "each", foreach: "{{ xs }}", as: "x", max_concurrency: 2, when: "true", depends_on: [] },
          { name: "after" },
        ],
      }),
    );
    expect(script.enter("each", { items: ["p", "q", "r", "s", "t"] })).toEqual([
      "start each[0]/each",
      "start each[1]/each",
    ]);
    expect(script.step("each[0]/each").spec).not.toHaveProperty("foreach");
    expect(script.step("each[0]/each").spec).not.toHaveProperty("when");
    expect(frameOf(script.state, "each[1]")).toMatchObject({ parent: "", variables: { x: "q", index: 1 } });
    expect(frameOf(script.state, "each[2]")).toBeUndefined();
    expect(script.run("each[1]/each", { v: 2 })).toEqual(["start each[2]/each"]);
    expect(script.run("each[2]/each", { v: 3 })).toEqual(["start each[3]/each"]);
    expect(script.run("each[3]/each", { v: 4 })).toEqual(["start each[4]/each"]);
    expect(script.run("each[4]/each", { v: 5 })).toEqual([]);
    expect(script.run("each[0]/each", { v: 1 })).toEqual(["start after"]);
    expect(script.step("each").outputs).toEqual({ results: [1, 2, 3, 4, 5].map((v) => ({ v })), count: 5 });
  });

  test("runs the steps of each round together, in the order of what they depend on", () => {
    const round = [{ name: "a" }, { name: "b" }, { name: "c", depends_on: ["a", "b"] }];
    const script = new RunScript(workflow({ steps: [{ name: "each", foreach: ["p"], steps: round }] }));
    expect(script.enter("each", { items: ["p"] })).toEqual(["start each[0]/a", "start each[0]/b"]);
    script.run("each[0]/a", { n: 1 });
    expect(script.run("each[0]/b", { n: 2, m: 3 })).toEqual(["start each[0]/c"]);
    script.onStep("step-skipped", "each[0]/c", { reason: "when" });
    expect(script.step("each").outputs).toEqual({ results: [{ n: 2, m: 3 }], count: 1 });
  });

  test("without elements it is done at once", () => {
    const script = new RunScript(workflow({ steps: [{ name: "each", foreach: [] }] }));
    expect(script.enter("each", { items: [] })).toEqual(["append run-completed"]);
    expect(script.step("each").outputs).toEqual({ results: [], count: 0 });
  });

  test("rounds without steps end one after another, however many they are", () => {
    const script = new RunScript(
      workflow({ steps: [{ name: "each", foreach: [], steps: [], max_concurrency: 1 }] }),
    );
    expect(script.enter("each", { items: Array.from({ length: 20_000 }, (_, i) => i) })).toEqual([
      "append run-completed",
    ]);
    expect(script.step("each").outputs).toMatchObject({ count: 20_000 });
  });

  test("blocks in blocks: a foreach in a branch of a foreach", () => {
    const inner = { name: "inner", foreach: "{{ ys }}" };
    const round = [condition("check", [inner])];
    const script = new RunScript(workflow({ steps: [{ name: "outer", foreach: [], steps: round }] }));
    script.enter("outer", { items: ["x"] });
    script.enter("outer[0]/check", { branch: "then" });
    expect(script.enter("outer[0]/check/inner", { items: ["y"] })).toEqual([
      "start outer[0]/check/inner[0]/inner",
    ]);
    expect(script.run("outer[0]/check/inner[0]/inner", { v: 1 })).toEqual(["append run-completed"]);
    const innerOutputs = { results: [{ v: 1 }], count: 1 };
    expect(script.step("outer").outputs).toEqual({ results: [{ ...innerOutputs, result: true }], count: 1 });
  });
});

describe("events that do not fit the block", () => {
  test.for([
    ["block-entered for an ACTION", [{ name: "a" }], {}, "STATE_CONFLICT"],
    [
      "block-entered for a HUMAN_APPROVAL",
      [{ name: "a", step_type: "HUMAN_APPROVAL" }],
      {},
      "STATE_CONFLICT",
    ],
    ["a foreach without its items", [{ name: "a", foreach: [] }], { branch: "then" }, "STATE_CONFLICT"],
  ] as const)("%s", ([, steps, data, code]) => {
    const script = new RunScript(workflow({ steps }));
    expect(() => script.enter("a", data)).toThrow(expect.objectContaining({ code }));
  });

  test.for(["step-completed", "step-failed", "step-interrupted"] as const)(
    "a block has no attempt: %s",
    (type) => {
      const script = new RunScript(
        workflow({ steps: [{ name: "all", step_type: "PARALLEL", steps: [{ name: "a" }] }] }),
      );
      script.enter("all");
      expect(() => script.onStep(type, "all", {})).toThrow(
        expect.objectContaining({ code: "STATE_CONFLICT", message: expect.stringMatching(/block/) }),
      );
    },
  );
});
