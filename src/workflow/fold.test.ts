import { expect, test } from "vitest";

import type { Entry } from "../contract/entry.ts";
import { RunScript, timeAt, workflow } from "../../test/run-script.ts";
import { foldRun } from "./fold.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:fold", "workflow:semantics");

function completed(): RunScript {
  const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
  script.run("a", { n: 1 });
  script.settle();
  return script;
}

function after({ entries }: RunScript, type: Entry["type"], data: object): Entry[] {
  return [
    ...entries,
    { type, run: "r1", step: "a", data, seq: 99, at: timeAt(99), by: "somebody" } as unknown as Entry,
  ];
}

test("the state after all entries and what has to be done now", () => {
  const script = new RunScript(
    workflow({ steps: [{ name: "a" }, { name: "b", depends_on: ["a"] }, { name: "c" }] }),
  );
  expect(foldRun(script.entries, script.specs)).toEqual({
    state: script.state,
    commands: [
      { kind: "start", step: "a" },
      { kind: "start", step: "c" },
    ],
  });
  script.intend("a");
  expect(foldRun(script.entries, script.specs).commands).toEqual([{ kind: "start", step: "c" }]);
});

test("no entries are no run", () => {
  expect(() => foldRun([], () => workflow({ steps: [{ name: "a" }] }))).toThrow(
    expect.objectContaining({ code: "RUN_UNKNOWN" }),
  );
});

test.for([
  ["run-paused", { reason: "look" }],
  ["run-resumed", { reason: "go" }],
  ["run-cancel-requested", { reason: "enough", rollback: true }],
  ["approval-decided", { approval: "x", decision: "approved", reason: "x" }],
] as const)("a %s that came too late has no effect", ([type, data]) => {
  const script = completed();
  expect(foldRun(after(script, type, data), script.specs).state).toEqual(script.state);
});

test.for([
  ["run-completed", {}],
  ["step-skipped", { reason: "when" }],
] as const)("a %s that does not fit means that the entries are not those of one run", ([type, data]) => {
  const script = completed();
  expect(() => foldRun(after(script, type, data), script.specs)).toThrow(
    expect.objectContaining({ code: "STATE_CONFLICT" }),
  );
});

test("a history that begins with a request is none", () => {
  const [request] = after(completed(), "run-paused", { reason: "look" }).slice(-1);
  expect(() =>
    foldRun(request === undefined ? [] : [request], () => workflow({ steps: [{ name: "a" }] })),
  ).toThrow(expect.objectContaining({ code: "STATE_CONFLICT" }));
});

test("what another process did before it knew of a stop has happened", () => {
  const script = new RunScript(
    workflow({
      steps: [{ name: "a" }, { name: "b", step_type: "HUMAN_APPROVAL" }, { name: "c", depends_on: ["a"] }],
    }),
  );
  const request = after(script, "run-cancel-requested", { reason: "enough", rollback: false });
  script.intend("a");
  script.ask("b");
  script.decide("b", "approved");
  script.complete("a");
  script.run("c");
  script.settle();
  const unnoticed = [...request, ...script.entries.slice(1)];
  expect(foldRun(unnoticed.slice(0, -1), script.specs).commands).toMatchObject([
    { event: { type: "run-failed" } },
  ]);
  expect(foldRun(unnoticed, script.specs).state).toEqual(script.state);
});

test("a cancellation that its owner had not noticed when it started the run again still holds", () => {
  const script = new RunScript(workflow({ steps: [{ name: "a" }] }));
  const request = after(script, "run-cancel-requested", { reason: "enough", rollback: false });
  script.intend("a");
  script.fail("a", "LEASE_CONFLICT");
  script.settle();
  const folded = foldRun([...request, ...script.entries.slice(1)], script.specs);
  expect(folded.state).toMatchObject({ attempt: 2, stopping: { why: "cancel" } });
  expect(folded.commands).toMatchObject([
    { event: { type: "run-failed", data: { failure: { code: "CANCELLED" } } } },
  ]);
});
