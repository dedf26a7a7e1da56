import { describe, expect, test } from "vitest";

import { condition, RunScript, workflow } from "../../test/run-script.ts";
import { overlay, variablesFor } from "./variables.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:templates");

const BUILT_IN = { workflow_id: "flow", workflow_name: "flow", run_id: "r1" };

describe("variablesFor", () => {
  test("has initial_state, the run's inputs over it, then outputs flat and by the step's name, the later over the earlier", () => {
    const spec = workflow({
      steps: [{ name: "a" }, { name: "b" }, { name: "c" }],
      initial_state: { p: 1, q: 1, r: 1 },
    });
    const script = new RunScript(spec, { inputs: { q: 2, r: 2 } });
    expect(variablesFor(script.state, "a")).toEqual({ ...BUILT_IN, p: 1, q: 2, r: 2 });
    script.run("a", { r: 3, path: "x" });
    script.run("b", { path: "y" });
    const expected = { ...BUILT_IN, p: 1, q: 2, r: 3, path: "y", a: { r: 3, path: "x" }, b: { path: "y" } };
    expect(variablesFor(script.state, "c")).toEqual(expected);
    expect(variablesFor(script.state, "")).toEqual(expected);
  });

  test("the workflow's own id counts, and run_id can be set by the state while the other two cannot", () => {
    const spec = workflow({
      workflow_id: "w-1",
      steps: [{ name: "a" }],
      initial_state: { run_id: "mine", workflow_id: "mine", workflow_name: "mine" },
    });
    expect(variablesFor(new RunScript(spec).state, "a")).toEqual({
      workflow_id: "w-1",
      workflow_name: "flow",
      run_id: "mine",
    });
  });

  test("children of CONDITION and PARALLEL see and set the variables around them", () => {
    const inner = { name: "all", step_type: "PARALLEL", steps: [{ name: "a" }, { name: "b" }] };
    const script = new RunScript(
      workflow({
        steps: [condition("check", [inner]), { name: "z" }],
        initial_state: { p: 1 },
      }),
    );
    script.enter("check", { branch: "then" });
    script.enter("check/all");
    script.run("check/all/a", { n: 1 });
    expect(variablesFor(script.state, "check/all/b")).toEqual({ ...BUILT_IN, p: 1, n: 1, a: { n: 1 } });
    script.run("check/all/b", { m: 2 });
    expect(variablesFor(script.state, "z")).toEqual({
      ...BUILT_IN,
      p: 1,
      n: 1,
      a: { n: 1 },
      m: 2,
      b: { m: 2 },
      all: {},
      result: true,
      check: { result: true },
    });
  });

  test("a round has its own, looks through to what is around it, and gives away only its results", () => {
    const script = new RunScript(
      workflow({
        steps: [{ name: "each", foreach: [], as: "x", steps: [{ name: "a" }] }, { name: "z" }],
        initial_state: { p: 1 },
      }),
    );
    script.enter("each", { items: ["u", "v"] });
    script.run("each[0]/a", { n: 7 });
    expect(variablesFor(script.state, "each[0]/a")).toEqual({
      ...BUILT_IN,
      p: 1,
      x: "u",
      index: 0,
      n: 7,
      a: { n: 7 },
    });
    expect(variablesFor(script.state, "each[1]/a")).toEqual({ ...BUILT_IN, p: 1, x: "v", index: 1 });
    script.run("each[1]/a", { n: 8 });
    const outputs = { results: [{ n: 7 }, { n: 8 }], count: 2 };
    expect(variablesFor(script.state, "z")).toEqual({ ...BUILT_IN, p: 1, ...outputs, each: outputs });
  });

  test("a round in a branch looks through to the frame that holds the branch's variables", () => {
    const script = new RunScript(
      workflow({
        steps: [condition("check", [{ name: "each", foreach: [] }])],
        initial_state: { p: 1 },
      }),
    );
    script.enter("check", { branch: "then" });
    script.enter("check/each", { items: [5] });
    expect(variablesFor(script.state, "check/each[0]/each")).toEqual({
      ...BUILT_IN,
      p: 1,
      item: 5,
      index: 0,
    });
  });

  test("a sub-workflow sees nothing around it but what it was given", () => {
    const child = workflow({ steps: [{ name: "a" }, { name: "b" }], initial_state: { color: "red" } });
    const script = new RunScript(
      workflow({
        steps: [{ name: "call", step_type: "WORKFLOW", workflow: "child" }],
        initial_state: { p: 1 },
      }),
      { subs: { child } },
    );
    script.enter("call", { variables: { size: 2 } });
    script.run("call/a", { n: 1 });
    expect(variablesFor(script.state, "call/b")).toEqual({
      ...BUILT_IN,
      color: "red",
      size: 2,
      n: 1,
      a: { n: 1 },
    });
  });

  test("no name in outputs or steps reaches a prototype", () => {
    const hostile: object = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": 2, "prototype": 3, "toString": 4}',
    );
    const script = new RunScript(
      workflow({ steps: [{ name: "__proto__" }, { name: "constructor" }, { name: "z" }] }),
    );
    script.run("__proto__", hostile);
    script.run("constructor", hostile);
    const variables = variablesFor(script.state, "z");
    expect(Object.getPrototypeOf(variables)).toBeNull();
    expect(Object.keys(variables).sort()).toEqual([
      "constructor",
      "prototype",
      "run_id",
      "toString",
      "workflow_id",
      "workflow_name",
    ]);
    expect(variables["polluted"]).toBeUndefined();
    expect(Object.assign({}, variables)).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });
});

test("overlay leaves its layers as they are", () => {
  const layer = Object.freeze({ a: 1 });
  expect(overlay(layer, { a: 2, b: 3 })).toEqual({ a: 2, b: 3 });
  expect(layer).toEqual({ a: 1 });
});
