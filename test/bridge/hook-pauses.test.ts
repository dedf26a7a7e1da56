import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { HookAnswer, HookRequest } from "../../src/index.ts";
import { openIn } from "../installation.ts";
import { begun, letGo, panicCapabilities } from "../panic-site.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { flow, write } from "./run-bridge.ts";

verifies("hooks:governor", "governance:panic");

const ALLOW: HookAnswer = { decision: "ALLOW", reason: "as told", violation: null, failed: null };

/** Pauses at these events; `asked` is all that it was asked. */
function pausing(...events: readonly HookRequest["event"][]) {
  const asked: HookRequest[] = [];
  const hooks = (request: HookRequest): HookAnswer => {
    asked.push(request);
    return { ...ALLOW, decision: events.includes(request.event) ? "PAUSE" : "ALLOW" };
  };
  return { asked, hooks };
}

function fileIn(directory: string, steps: readonly object[]): string {
  const file = join(directory, "flow.json");
  writeFileSync(file, JSON.stringify(flow(steps)));
  return file;
}

const both = { name: "both", step_type: "PARALLEL", steps: [write("a", "a.txt"), write("b", "b.txt")] };

test.for<[HookRequest["event"], RegExp, string | null]>([
  ["pre_execution", /^paused by the governor before the run: as told$/, null],
  ["post_step", /^paused by the governor after the step "both\/[ab]": as told$/, "completed"],
])("a PAUSE of %s holds the run up once, whatever else asks for it", async ([event, reason, status]) => {
  using directory = scratch();
  const { hooks } = pausing(event);
  await using runtime = await openIn(directory.path, { hooks });
  const view = await runtime.run(fileIn(directory.path, [both]));
  expect(view).toMatchObject({ status: "PAUSED", reason: expect.stringMatching(reason) });
  const inside = view.steps.filter(({ step }) => step.startsWith("both/"));
  expect(inside.map((step) => step.status)).toEqual(status === null ? [] : [status, status]);
  const pauses = [...runtime.ledger.entries({ run: view.run, types: ["run-paused"] })];
  expect(pauses).toHaveLength(1);
  expect(await runtime.resume(view.run, "looked")).toMatchObject({ status: "COMPLETED" });
});

test("a governor that fails with anything at all is a denial that says so", async () => {
  using directory = scratch();
  // oxlint-disable-next-line prefer-promise-reject-errors
  await using runtime = await openIn(directory.path, { hooks: () => Promise.reject("out of order") });
  expect(await runtime.run("sys.info.get_time")).toMatchObject({
    status: "FAILED",
    failure: { code: "DENIED", details: { failed: "out of order" } },
  });
});

test("a governor is told of a panic over its run, and who goes on asks before the run no more", async () => {
  using directory = scratch();
  const { asked, hooks } = pausing();
  const capabilities = panicCapabilities(directory.path);
  await using runtime = await openIn(directory.path, { hooks, capabilities });
  const step = { name: "hold", capability_name: "test.hold", inputs: { name: "hold" } };
  const { run, settled } = await runtime.start(fileIn(directory.path, [step]));
  await begun(directory.path, "hold");
  const order = { action: "FREEZE", scope: { kind: "run", run }, reason: "smoke" } as const;
  const { panic, runs } = await runtime.panic(order);
  expect(runs).toEqual([expect.objectContaining({ run, status: "PAUSED", isAtRest: true })]);
  await settled;
  expect(asked).toContainEqual(
    expect.objectContaining({ event: "on_panic", workflow_id: run, action: "FREEZE", reason: "smoke" }),
  );
  letGo(directory.path, "hold");
  await runtime.liftPanic(panic.id, "it was steam");
  expect(await runtime.resume(run, "go on")).toMatchObject({ status: "COMPLETED" });
  expect(asked.filter(({ event }) => event === "pre_execution")).toHaveLength(1);
});

const gate = { name: "gate", step_type: "HUMAN_APPROVAL" };
const first = write("a", "a.txt");

test("a run whose call waits for an approval is asked about before it once", async () => {
  using directory = scratch();
  const asked: HookRequest["event"][] = [];
  await using runtime = await openIn(directory.path, {
    decide: () => ({ outcome: "step_up", rules: ["mine"], reason: "ask" }),
    hooks: ({ event }) => {
      asked.push(event);
      return { ...ALLOW, reason: "" };
    },
  });
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "a" } });
  expect(await runtime.decide(run, { decision: "approved", reason: "" })).toMatchObject({
    status: "COMPLETED",
  });
  expect(asked.filter((event) => event === "pre_execution")).toHaveLength(1);
});

test.for<[string, readonly object[], boolean]>([
  ["not one that it allowed before a step", [first, { ...gate, depends_on: ["a"] }], true],
  ["not one that it allowed before a question to a human", [gate], true],
  [
    "one that began without a governor",
    [first, { ...gate, depends_on: ["a"] }, write("b", "b.txt", { depends_on: ["gate"] })],
    false,
  ],
])("who goes on with a run asks before it: %s", async ([, steps, isAskedFirst]) => {
  using directory = scratch();
  const asked: HookRequest["event"][] = [];
  const hooks = ({ event }: HookRequest): HookAnswer => {
    asked.push(event);
    return { ...ALLOW, reason: "" };
  };
  await using before = await openIn(directory.path, isAskedFirst ? { hooks } : {});
  const { run, status } = await before.run(fileIn(directory.path, steps));
  expect([status, asked.includes("pre_execution")]).toEqual(["PAUSED", isAskedFirst]);
  await before.close();
  await using after = await openIn(directory.path, { hooks });
  expect(await after.decide(run, { decision: "approved", reason: "" })).toMatchObject({
    status: "COMPLETED",
  });
  expect(asked.filter((event) => event === "pre_execution")).toHaveLength(1);
});
