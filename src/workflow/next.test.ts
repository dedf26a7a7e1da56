import { describe, expect, test } from "vitest";

import type { RunEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { failure, INTENT, RunScript, timeAt, workflow } from "../../test/run-script.ts";
import { next } from "./next.ts";
import type { RunState } from "./state.ts";
import { TRANSITIONS } from "./transitions.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:total");

type Type = RunEvent["type"];
type Phase = keyof typeof TRANSITIONS;

const TYPES = Object.keys(TRANSITIONS.none) as Type[];

/** Which events a phase takes; every other one is refused, whatever the state. */
const TAKES: Readonly<Record<Phase, readonly Type[]>> = {
  none: ["run-started"],
  RUNNING: [
    "run-claimed",
    "run-paused",
    "run-cancel-requested",
    "run-timed-out",
    "run-restarted",
    "run-completed",
    "run-failed",
    "rollback-started",
    "hook-answered",
    "block-entered",
    "step-skipped",
    "step-intended",
    "step-withheld",
    "step-completed",
    "step-failed",
    "step-interrupted",
    "effect-intended",
    "approval-requested",
    "approval-confirmed",
    "approval-decided",
    "approval-revoked",
    "undo-intended",
    "undo-completed",
    "undo-refused",
  ],
  PAUSED: [
    "run-claimed",
    "run-paused",
    "run-resumed",
    "run-cancel-requested",
    "run-timed-out",
    "run-restarted",
    "run-completed",
    "run-failed",
    "rollback-started",
    "hook-answered",
    "block-entered",
    "step-skipped",
    "step-intended",
    "step-withheld",
    "step-completed",
    "step-failed",
    "step-interrupted",
    "effect-intended",
    "approval-requested",
    "approval-confirmed",
    "approval-decided",
    "approval-revoked",
    "undo-intended",
    "undo-completed",
    "undo-refused",
  ],
  ROLLING_BACK: [
    "run-claimed",
    "run-cancel-requested",
    "run-timed-out",
    "run-restarted",
    "run-rolled-back",
    "rollback-incomplete",
    "hook-answered",
    "step-intended",
    "step-withheld",
    "step-completed",
    "step-failed",
    "step-interrupted",
    "effect-intended",
    "undo-intended",
    "undo-completed",
    "undo-refused",
  ],
  COMPLETED: endedTakes("run-undone"),
  FAILED: endedTakes("run-undone"),
  ROLLED_BACK: endedTakes("run-undone"),
};

function endedTakes(...more: readonly Type[]): readonly Type[] {
  return [
    "run-claimed",
    "undo-started",
    "run-redone",
    "hook-answered",
    "step-intended",
    "step-withheld",
    "step-completed",
    "step-failed",
    "step-interrupted",
    "effect-intended",
    "undo-intended",
    "undo-completed",
    "undo-refused",
    ...more,
  ];
}

const compensation = { capability_name: "x.undo", inputs: {} };
const spec = workflow({
  steps: [
    { name: "a", compensation },
    { name: "b" },
    { name: "gate", step_type: "HUMAN_APPROVAL" },
    { name: "all", step_type: "PARALLEL", depends_on: [] },
    { name: "z", depends_on: ["b"] },
  ],
});
const single = workflow({ steps: [{ name: "a", compensation }] });

/** States of each phase in which every event that the phase takes fits at least once. */
const STATES: Readonly<Record<Phase, readonly (RunState | null)[]>> = {
  none: [null],
  RUNNING: [
    play(spec, (run) => [run.intend("a"), run.ask("gate")]),
    play(single, (run) => run.run("a")),
    play(single, (run) => [run.intend("a"), run.fail("a", "LEASE_CONFLICT")]),
  ],
  PAUSED: [
    play(spec, (run) => [run.intend("a"), run.ask("gate"), pause(run)]),
    play(workflow({ steps: [{ name: "gate", step_type: "HUMAN_APPROVAL" }] }), (run) => [
      run.ask("gate"),
      run.settle(),
    ]),
    play(single, (run) => [run.intend("a"), pause(run), run.complete("a")]),
    play(single, (run) => [run.intend("a"), pause(run), run.fail("a", "LEASE_CONFLICT")]),
  ],
  ROLLING_BACK: [
    play(single, (run) => [run.intend("a", { undo: "compensable" }), run.fail("a"), run.settle()]),
    play(single, (run) => [
      run.intend("a", { undo: "compensable" }),
      run.fail("a"),
      run.settle(),
      run.complete("a"),
    ]),
  ],
  COMPLETED: [play(single, (run) => [run.run("a", {}, { undo: "compensable" }), run.settle()])],
  FAILED: [
    play(single, (run) => [
      run.intend("a", { undo: "compensable" }),
      run.fail("a"),
      run.settle(),
      run.fail("a"),
      run.settle(),
    ]),
  ],
  ROLLED_BACK: [
    play(single, (run) => [
      run.intend("a"),
      run.on("run-cancel-requested", { reason: "x", rollback: true }),
      run.fail("a"),
      run.settle(),
    ]),
    play(single, (run) => [
      run.run("a", {}, { undo: "compensable" }),
      run.settle(),
      run.on("run-undone", { reason: "x", partial: false }),
    ]),
  ],
};

function play(flow: ReturnType<typeof workflow>, moves: (run: RunScript) => unknown): RunState {
  const run = new RunScript(flow);
  moves(run);
  return run.state;
}

function pause(run: RunScript): unknown {
  return run.on("run-paused", { reason: "look" });
}

const started = new RunScript(spec).entries[0] as RunEvent;

/** Every event, for each step that one of the states could take it for. */
function samples(type: Type): RunEvent[] {
  const on = (data: object) => [{ type, run: "r1", data } as RunEvent];
  const onSteps = (data: object) =>
    ["a", "b", "gate", "all"].map((step) => ({ type, run: "r1", step, data }) as RunEvent);
  switch (type) {
    case "run-started":
      return [started];
    case "run-claimed":
      return on({ owner: { process: "p2", pid: 2, host: "h" }, from: "p1" });
    case "run-cancel-requested":
      return on({ reason: "x", rollback: true });
    case "run-restarted":
      return on({ attempt: 2, failure: failure() });
    case "run-failed":
    case "rollback-started":
    case "rollback-incomplete":
      return on({ reason: "x", failure: failure(), restored: [], notRestored: [] });
    case "step-intended":
      return [...onSteps(INTENT), ...onSteps({ ...INTENT, role: "compensation" })];
    case "step-completed":
    case "step-failed":
      return onSteps({ attempt: 1, outputs: {}, failure: failure(), durationMs: 1 });
    case "step-interrupted":
      return onSteps({ attempt: 1, outcome: "repeatable" });
    case "effect-intended":
    case "step-skipped":
    case "block-entered":
      return onSteps({ op: "write", changes: [] });
    case "approval-requested":
      return onSteps({ approval: "new", binds: "b", text: "?", approvers: [] });
    case "approval-confirmed":
    case "approval-revoked":
      return onSteps({ approval: "ask-gate", person: "ada", reason: "x" });
    case "approval-decided":
      return onSteps({ approval: "ask-gate", decision: "approved", reason: "x" });
    case "undo-intended":
    case "undo-completed":
    case "undo-refused":
      return onSteps({ of: 1, mode: "strict", changes: [], kept: [], failure: failure() });
    default:
      return on({ reason: "x", partial: false });
  }
}

const at = timeAt(1000);
const specs = () => spec;

describe("the table of transitions", () => {
  for (const phase of Object.keys(TAKES) as Phase[])
    test.for(TYPES.map((type) => [type, TAKES[phase].includes(type) ? "taken" : "refused"] as const))(
      `${phase}: %s is %s`,
      ([type, expected]) => {
        const attempts = STATES[phase].flatMap((state) =>
          samples(type).map((event) => attempt(state, event)),
        );
        const taken = attempts.filter((outcome) => outcome === "taken");
        expect(taken.length > 0 ? "taken" : "refused").toBe(expected);
        for (const outcome of attempts)
          if (outcome !== "taken")
            expect(outcome).toMatchObject({ code: "STATE_CONFLICT", message: expect.stringContaining(type) });
      },
    );

  test("names every event of a run in every phase", () => {
    for (const phase of Object.keys(TAKES) as Phase[])
      expect(Object.keys(TRANSITIONS[phase]).sort()).toEqual(TYPES.toSorted());
  });

  test("each sample state is of its phase", () => {
    for (const [phase, states] of Object.entries(STATES))
      for (const state of states) expect(state?.phase ?? "none").toBe(phase);
  });
});

describe("next", () => {
  const running = new RunScript(spec).state;

  test("says which run, phase and event do not fit", () => {
    const event: RunEvent = { type: "run-redone", run: "r1", data: { reason: "x", status: "COMPLETED" } };
    expect(() => next(running, { event, at, seq: 5 }, specs)).toThrow(
      "Run r1 is RUNNING and cannot take run-redone",
    );
  });

  test.for([
    ["an event of another run", running, { type: "run-timed-out", run: "r2", data: {} }, /r2/],
    [
      "an event before the run has started",
      null,
      { type: "run-timed-out", run: "r1", data: {} },
      /not started/,
    ],
    [
      "an event of no run",
      running,
      { type: "plaintext-erased", data: { commitments: [], subject: "s", reason: "r" } },
      /plaintext-erased/,
    ],
  ] as const)("refuses %s", ([, state, event, message]) => {
    const refused = expect.objectContaining({
      code: "STATE_CONFLICT",
      message: expect.stringMatching(message),
    });
    expect(() => next(state, { event: event as RunEvent, at, seq: 5 }, specs)).toThrow(refused);
  });

  test("an effect without its number is a fault of the runtime", () => {
    const change = { path: "x", before: { kind: "absent" }, after: { kind: "absent" } } as const;
    const event: RunEvent = {
      type: "effect-intended",
      run: "r1",
      step: "a",
      data: { op: "write", changes: [change] },
    };
    expect(() => next(running, { event, at, seq: null }, specs)).toThrow(
      expect.objectContaining({ code: "INTERNAL" }),
    );
  });

  test("an undo that has no number yet changes nothing", () => {
    const event: RunEvent = {
      type: "undo-intended",
      run: "r1",
      step: "a",
      data: { of: 1, mode: "strict", changes: [] },
    };
    expect(next(running, { event, at, seq: null }, specs)).toEqual({
      state: { ...running, updatedAt: at },
      commands: [],
    });
  });

  test("leaves the state before it as it was", () => {
    const script = new RunScript(spec);
    const before = structuredClone(script.state);
    const kept = script.state;
    script.run("a", { n: 1 }, { undo: "compensable" });
    script.enter("all");
    expect(kept).toEqual(before);
  });

  test("the same command is not given twice while it is outstanding", () => {
    const script = new RunScript(single);
    script.intend("a", { undo: "compensable" });
    script.fail("a");
    const claim = () => script.on("run-claimed", { owner: { process: "p2", pid: 2, host: "h" }, from: "p1" });
    expect(claim()).toEqual([]);
    script.on("rollback-started", { reason: "x", failure: failure() });
    expect(claim()).toEqual([]);
    script.complete("a");
    expect(claim()).toEqual([]);
  });
});

function attempt(state: RunState | null, event: RunEvent): "taken" | RuntimeError {
  try {
    next(state, { event, at, seq: null }, specs);
    return "taken";
  } catch (error) {
    if (error instanceof RuntimeError) return error;
    throw error;
  }
}
