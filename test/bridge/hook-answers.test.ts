import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { HookAnswer, HookRequest } from "../../src/index.ts";
import { openIn, workspaceIn } from "../installation.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { flow, GATE, MISSING, write } from "./run-bridge.ts";

verifies("hooks:governor");

type Decision = HookAnswer["decision"];
const ALLOW: HookAnswer = { decision: "ALLOW", reason: "as told", violation: null, failed: null };

/** A governor in the process: what it says to `pre_step` of these steps, by path and role; all else is allowed. */
function governor(decisions: Readonly<Record<string, Decision>>, asked: HookRequest[] = []) {
  return (request: HookRequest): HookAnswer => {
    asked.push(request);
    if (request.event !== "pre_step") return ALLOW;
    const decision = decisions[`${request.step.step_id} ${request.step.role}`] ?? "ALLOW";
    return { ...ALLOW, decision };
  };
}

const both = { name: "both", step_type: "PARALLEL", steps: [write("a", "a.txt"), write("b", "b.txt")] };
const each = { name: "each", foreach: ["x", "y"], capability_name: "sys.info.get_time" };
const choose = { name: "choose", step_type: "CONDITION", condition: "true", then: [write("a", "a.txt")] };
const sub = { name: "sub", step_type: "WORKFLOW", workflow: "load_test_quick", inputs: { run_id: "r" } };

test.for([
  ["a PARALLEL", both, "both"],
  ["a foreach", each, "each"],
  ["a CONDITION", choose, "choose"],
  ["a sub-workflow", sub, "sub"],
  ["a question to a human", GATE, "handshake"],
  ["a step of a branch", choose, "choose/a"],
  ["a round", each, "each[1]/each"],
] as const)("%s is entered only where the governor says so", async ([, step, key]) => {
  using directory = scratch();
  const file = join(directory.path, "flow.json");
  writeFileSync(file, JSON.stringify(flow([step])));
  const denied = await openIn(directory.path, { hooks: governor({ [`${key} step`]: "DENY" }) });
  expect(await denied.run(file)).toMatchObject({ failure: { code: "DENIED" } });
  await denied.close();
  expect(existsSync(join(workspaceIn(directory.path), "a.txt"))).toBe(false);

  await using paused = await openIn(directory.path, { hooks: governor({ [`${key} step`]: "PAUSE" }) });
  const { run, status } = await paused.run(file);
  expect(status).toBe("PAUSED");
  const view = await paused.decide(run, { decision: "approved", reason: "looked" });
  expect(view).toMatchObject({ status: "COMPLETED", failure: null });
});

test("an undo of an ended run is asked about, and so is its redo", async () => {
  using directory = scratch();
  const asked: HookRequest[] = [];
  const decisions: Record<string, Decision> = { "call undo": "DENY", "call redo": "DENY" };
  await using runtime = await openIn(directory.path, { hooks: governor(decisions, asked) });
  const file = join(workspaceIn(directory.path), "a.txt");
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "a" } });
  await expect(runtime.undo(run)).rejects.toMatchObject({ code: "DENIED" });
  expect([runtime.show(run).status, existsSync(file)]).toEqual(["COMPLETED", true]);
  decisions["call undo"] = "PAUSE";
  expect([(await runtime.undo(run)).status, existsSync(file)]).toEqual(["ROLLED_BACK", false]);
  await expect(runtime.redo(run)).rejects.toMatchObject({ code: "DENIED" });
  expect(existsSync(file)).toBe(false);
  decisions["call redo"] = "ALLOW";
  expect([(await runtime.redo(run)).status, existsSync(file)]).toEqual(["COMPLETED", true]);
  const ends = asked.filter(({ event }) => event === "post_execution");
  expect(ends.length).toBeGreaterThan(3);
});

test("a rollback that a governor refused can be finished when it allows it", async () => {
  using directory = scratch();
  const flowFile = join(directory.path, "flow.json");
  writeFileSync(flowFile, JSON.stringify(flow([write("a", "a.txt"), { ...MISSING, depends_on: ["a"] }])));
  const decisions: Record<string, Decision> = { "a undo": "DENY" };
  await using runtime = await openIn(directory.path, { hooks: governor(decisions) });
  const { run, failure } = await runtime.run(flowFile);
  expect(failure).toMatchObject({
    code: "ROLLBACK_INCOMPLETE",
    details: { restored: [], notRestored: ["a (a.txt)"], failure: { code: "FILE_NOT_FOUND" } },
  });
  decisions["a undo"] = "ALLOW";
  expect(await runtime.undo(run)).toMatchObject({ status: "ROLLED_BACK", undoable: 0 });
  expect(existsSync(join(workspaceIn(directory.path), "a.txt"))).toBe(false);
});

test("a governor in the process that does not answer is a denial after two seconds", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path, { hooks: () => new Promise(() => {}) });
  expect(await runtime.run("sys.info.get_time")).toMatchObject({
    status: "FAILED",
    failure: { code: "DENIED", details: { failed: "no answer within 2000 ms" } },
  });
});

test("the strictest of several governors counts", async () => {
  using directory = scratch();
  const file = join(directory.path, "flow.json");
  writeFileSync(file, JSON.stringify(flow([write("a", "a.txt")])));
  await using runtime = await openIn(directory.path, { hooks: governor({ "a step": "PAUSE" }) });
  const named = { kind: "decisions", decisions: { pre_step: { a: "DENY" } } } as const;
  const { settled } = await runtime.start(file, { governor: named });
  expect(await settled).toMatchObject({ failure: { code: "DENIED" } });
});

test("a local decision knows a step by its name, also where that looks like a key", async () => {
  using directory = scratch();
  const name = "task-compile-the-whole-project";
  const file = join(directory.path, "flow.json");
  writeFileSync(file, JSON.stringify(flow([write(name, "a.txt")])));
  await using runtime = await openIn(directory.path);
  const named = { kind: "decisions", decisions: { pre_step: { [name]: "DENY" } } } as const;
  const { settled } = await runtime.start(file, { governor: named });
  expect(await settled).toMatchObject({ failure: { code: "DENIED" } });
});

test.for([
  ["without a reason is told by the rules of what it let happen", "", []],
  [
    "with a reason is an entry of its own",
    "as told",
    ["pre_execution", "pre_step", "post_step", "post_execution"],
  ],
] as const)("an ALLOW %s", async ([, reason, events]) => {
  using directory = scratch();
  await using runtime = await openIn(directory.path, { hooks: () => ({ ...ALLOW, reason }) });
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "a" } });
  const entries = [...runtime.ledger.entries({ run })];
  expect(entries.flatMap(({ type, data }) => (type === "hook-answered" ? [data.event] : []))).toEqual(events);
  expect(entries.flatMap(({ type, data }) => (type === "step-intended" ? data.rules : []))).toEqual(
    expect.arrayContaining(["hook.pre_execution", "hook.pre_step"]),
  );
  expect(entries.flatMap(({ type, data }) => (type === "step-completed" ? data.rules : []))).toEqual([
    "hook.post_step",
  ]);
});
