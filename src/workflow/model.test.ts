import * as fc from "fast-check";
import { expect, test } from "vitest";

import { condition, workflow } from "../../test/run-script.ts";
import { SimulatedWorker } from "../../test/simulated-worker.ts";
import type { Entry } from "../contract/entry.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { foldRun } from "./fold.ts";
import { APPROVAL_REQUIRED, pending } from "./pending.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:fold", "workflow:semantics");

const compensation = { capability_name: "x.undo" };

const { steps } = fc.letrec<{ steps: object[]; node: object; leaf: object }>((tie) => ({
  leaf: fc.constantFrom(
    {},
    { compensation },
    { compensation },
    { step_type: "HUMAN_APPROVAL" },
    { step_type: "COMPENSATION" },
    { step_type: "WORKFLOW", workflow: "child" },
    { foreach: "{{ xs }}" },
    { foreach: "{{ xs }}", compensation, max_concurrency: 1 },
  ),
  node: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    { arbitrary: tie("leaf"), weight: 5 },
    {
      arbitrary: fc.record({
        step_type: fc.constant("PARALLEL"),
        steps: tie("steps"),
        max_concurrency: fc.integer({ min: 1, max: 3 }),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.tuple(tie("steps"), tie("steps")).map(([yes, no]) => condition("", yes, no)),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        foreach: fc.constant("{{ xs }}"),
        steps: tie("steps"),
        max_concurrency: fc.integer({ min: 1, max: 3 }),
      }),
      weight: 1,
    },
  ),
  steps: fc
    .array(fc.tuple(tie("node"), fc.array(fc.nat({ max: 9 }), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((drafts) =>
      drafts.map(([node, needs], i) => ({
        ...node,
        name: `s${i}`,
        depends_on: i === 0 ? [] : [...new Set(needs.map((need) => `s${need % i}`))],
      })),
    ),
}));

const flows: fc.Arbitrary<WorkflowSpec> = fc
  .tuple(steps, fc.nat({ max: 2 }))
  .map(([list, globals]) =>
    workflow({ steps: list, global_compensation_steps: Array.from({ length: globals }, () => compensation) }),
  );

const choices = fc.array(fc.nat({ max: 10_000 }), { maxLength: 300 });
const settings = fc.record({ autoRollback: fc.boolean(), answers: fc.boolean() });

test("whatever happens, a run keeps its invariants and ends, or waits for a human", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(flows, choices, settings, (spec, choice, setting) => {
      const worker = new SimulatedWorker(spec, choice);
      worker.play(setting);
      const { phase, stopping, waiting } = worker.state;
      if (phase === "PAUSED")
        expect([setting.answers, stopping, waiting.length > 0]).toEqual([false, null, true]);
      else expect(["COMPLETED", "FAILED", "ROLLED_BACK"]).toContain(phase);
      seen.set(phase, (seen.get(phase) ?? 0) + 1);
    }),
    { numRuns: 400 },
  );
  expect([...seen.keys()].sort()).toEqual(["COMPLETED", "FAILED", "PAUSED", "ROLLED_BACK"]);
});

test("folding the entries gives the state that the worker had, and all that was to be done", () => {
  fc.assert(
    fc.property(flows, choices, settings, fc.nat(), (spec, choice, setting, cut) => {
      const worker = new SimulatedWorker(spec, choice);
      worker.play(setting);
      const folded = foldRun(worker.entries, worker.specs);
      expect(folded.state).toEqual(worker.state);
      expect(folded.commands).toEqual(pending(worker.state));
      const part = worker.entries.slice(0, 1 + (cut % worker.entries.length));
      expect(foldRun(part, worker.specs).state).toEqual(worker.stateAfter(part.length));
    }),
  );
});

test("a request that reached the ledger before its owner knew of it does not break the run's history", () => {
  fc.assert(
    fc.property(flows, choices, fc.nat(), fc.integer({ min: 1, max: 8 }), (spec, choice, which, places) => {
      const worker = new SimulatedWorker(spec, choice);
      worker.play({ autoRollback: true, answers: true });
      const folded = foldRun(moveRequest(worker.entries, which, places), worker.specs);
      expect(folded.state.phase).toBe(worker.state.phase);
    }),
    { numRuns: 400 },
  );
});

test("a request that its owner never noticed, because the run ended before, does not break its history either", () => {
  const requests = fc.constantFrom<Pick<Entry, "type" | "data">>(
    { type: "run-paused", data: { reason: "look" } },
    { type: "run-resumed", data: { reason: "go" } },
    { type: "run-cancel-requested", data: { reason: "enough", rollback: true } },
    { type: "run-cancel-requested", data: { reason: "enough", rollback: false } },
  );
  fc.assert(
    fc.property(flows, choices, fc.nat(), requests, (spec, choice, place, request) => {
      const worker = new SimulatedWorker(spec, choice);
      worker.play({ autoRollback: true, answers: true });
      const { entries } = worker;
      const index = 1 + (place % entries.length);
      const before = entries[index - 1];
      if (before === undefined) throw new Error("there is no such place");
      const unseen = { ...before, ...request } as Entry;
      expect(foldRun(entries.toSpliced(index, 0, unseen), worker.specs).state.phase).toBe(worker.state.phase);
    }),
    { numRuns: 400 },
  );
});

/** The entries with one request some places earlier, but not before what it refers to. */
function moveRequest(entries: readonly Entry[], which: number, places: number): readonly Entry[] {
  const requests = entries.filter(isRequest);
  const request = requests[which % Math.max(1, requests.length)];
  if (request === undefined) return entries;
  const from = entries.indexOf(request);
  const earliest = entries.findLastIndex(
    (entry, i) => i < from && (isRequest(entry) || refersTo(request, entry)),
  );
  const to = Math.max(1, earliest + 1, from - places);
  return entries.toSpliced(from, 1).toSpliced(to, 0, request);
}

function isRequest(entry: Entry): boolean {
  if (entry.type === "run-paused") return entry.data.reason !== APPROVAL_REQUIRED;
  return (
    entry.type === "run-resumed" || entry.type === "run-cancel-requested" || entry.type === "approval-decided"
  );
}

function refersTo(request: Entry, entry: Entry): boolean {
  return (
    request.type === "approval-decided" &&
    entry.type === "approval-requested" &&
    entry.data.approval === request.data.approval
  );
}
