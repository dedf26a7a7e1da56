import { expect, test } from "vitest";

import { RunScript, timeAt, workflow } from "../../test/run-script.ts";
import { verifies } from "../../test/requirements.ts";
import { theFrame, theStep } from "./frames.ts";
import { stepProgress } from "./step-progress.ts";

verifies("workflow:semantics");

const FLOW = workflow({
  steps: [
    { name: "gate", step_type: "HUMAN_APPROVAL" },
    { name: "all", step_type: "PARALLEL", steps: [{ name: "a" }, { name: "b" }], depends_on: ["gate"] },
    { name: "last", depends_on: ["all"] },
  ],
});

type Move = (run: RunScript) => unknown;
const answered: Move[] = [(run) => run.ask("gate"), (run) => run.decide("gate", "approved")];
const inside: Move[] = [...answered, (run) => run.enter("all")];
const nearly: Move[] = [...inside, (run) => run.run("all/a"), (run) => run.run("all/b")];

test.for<[string, readonly Move[], string | null, number]>([
  ["that has just started", [], "gate", 0],
  ["that waits for a human", [(run) => run.ask("gate"), (run) => run.settle()], "gate", 0],
  ["whose block comes next", answered, "all", 1],
  ["in whose block nothing has begun", inside, "all/a", 1],
  ["with a step in its block", [...inside, (run) => run.intend("all/b")], "all/b", 1],
  [
    "with a step that is tried again later",
    [...nearly, (run) => run.intend("last"), (run) => run.fail("last", "SERVICE_FAILED", timeAt(900))],
    "last",
    2,
  ],
  [
    "that was cancelled at rest",
    [(run) => run.on("run-cancel-requested", { reason: "no", rollback: false })],
    null,
    0,
  ],
  [
    "that takes back what it did",
    [...nearly, (run) => run.intend("last"), (run) => run.write("last"), (run) => run.fail("last")],
    null,
    2,
  ],
  ["that has ended", [...nearly, (run) => run.run("last"), (run) => run.settle()], null, 3],
])("the progress of a run %s", ([, moves, current, completed]) => {
  const run = new RunScript(FLOW);
  for (const move of moves) move(run);
  run.settle();
  expect(stepProgress(run.state)).toEqual({ current, completed, total: 3 });
});

test("of a paused run, the step of a round that comes next is under way", () => {
  const run = new RunScript(workflow({ steps: [{ name: "each", foreach: "{{ xs }}", max_concurrency: 1 }] }));
  run.enter("each", { items: [1] });
  run.on("run-paused", { reason: "look" });
  expect(stepProgress(run.state).current).toBe("each[0]/each");
});

const fault = (what: string) =>
  expect.objectContaining({ code: "INTERNAL", message: `Run r1 has no ${what}.` });

test("what no run has is a fault of the runtime", () => {
  const { state } = new RunScript(FLOW);
  expect(() => theStep(state, "nope")).toThrow(fault('step "nope"'));
  expect(() => theStep(state, "all/a")).toThrow(fault('step "all/a"'));
  expect(() => theFrame(state, "all")).toThrow(fault('frame "all"'));
});
