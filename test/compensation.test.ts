import { describe, expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";
import { openSite, write } from "./plan-fixture.ts";
import { lastInverted } from "../src/workflow/inverted.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:semantics", "undo:exact");

type Calls = { readonly made: string[]; readonly keys: string[]; failing: number };

const define = (id: string, run: (order: string, key: string) => void) =>
  defineCapability({
    id,
    version: "1.0.0",
    description: "Acts outside of the workspace.",
    input: z.strictObject({ order: z.string() }),
    output: z.strictObject({ number: z.string() }),
    risk: { level: "HIGH", justification: "it acts outside" },
    sideEffects: ["state_mutation"],
    undo: { kind: "compensable" },
    run: ({ idempotencyKey }, { order: name }) => {
      run(name, idempotencyKey);
      return Promise.resolve({ number: `no-${name}` });
    },
  });

/** An effect outside, and what takes it back: `failing` of its calls fail first. */
function outside(code: "SERVICE_FAILED" | "SERVICE_REFUSED" = "SERVICE_FAILED") {
  const calls: Calls = { made: [], keys: [], failing: 0 };
  const doIt = define("test.order", (name) => calls.made.push(`order ${name}`));
  const takeBack = define("test.cancel", (name, key) => {
    calls.keys.push(key);
    if (calls.failing-- > 0) throw new RuntimeError(code, "The other side does not answer.");
    calls.made.push(`cancel ${name}`);
  });
  return { calls, capabilities: [doIt, takeBack] };
}

const order = (name: string, more: object = {}) => ({
  name,
  capability_name: "test.order",
  inputs: { order: name },
  ...more,
});
const cancel = (name: string) => ({ capability_name: "test.cancel", inputs: { order: name } });
const broken = { name: "broken", capability_name: "io.fs.hash_file", inputs: { path: "not-there" } };
const takesBack = (name: string, more: object = {}) => ({
  name: `back_${name}`,
  step_type: "COMPENSATION",
  depends_on: [name],
  ...cancel(`{{ ${name}.number }}`),
  ...more,
});
const after = (name: string, step: object) => ({ ...step, depends_on: [name] });

test("a COMPENSATION step runs in the rollback alone, with what its step returned, before what came before it", async () => {
  using site = openSite();
  const { calls, capabilities } = outside();
  await using runtime = await site.open({ capabilities });
  const view = await runtime.run(
    site.flow([write("one", "a", "1"), after("one", order("car")), after("car", broken), takesBack("car")]),
  );
  expect(view).toMatchObject({ status: "ROLLED_BACK", rollback: { restored: ["back_car", "one (a)"] } });
  expect(calls.made).toEqual(["order car", "cancel no-car"]);
  expect(calls.keys).toEqual([`${view.run}/back_car/compensation`]);
  expect(snapshot(site.workspace)).toEqual([]);
});

test("a COMPENSATION step of a run that went well is what an undo runs", async () => {
  using site = openSite();
  const { calls, capabilities } = outside();
  await using runtime = await site.open({ capabilities });
  const view = await runtime.run(site.flow([order("car"), takesBack("car")]));
  expect(view).toMatchObject({ status: "COMPLETED", undoable: 1 });
  expect(calls.made).toEqual(["order car"]);
  expect(await runtime.undo(view.run)).toMatchObject({ status: "ROLLED_BACK", undoable: 0 });
  expect(calls.made).toEqual(["order car", "cancel no-car"]);
});

test("global compensations run at the end of a rollback, in their order, also after one that fails", async () => {
  using site = openSite();
  const { calls, capabilities } = outside("SERVICE_REFUSED");
  calls.failing = 1;
  await using runtime = await site.open({ capabilities });
  const view = await runtime.run(
    site.flow([write("one", "a", "1"), order("car", { compensation: cancel("car") }), broken], {
      initial_state: { trip: "rome" },
      global_compensation_steps: [cancel("{{ trip }}"), cancel("hotel")],
    }),
  );
  expect(calls.made).toEqual(["order car", "cancel rome", "cancel hotel"]);
  expect(view).toMatchObject({
    status: "FAILED",
    failure: { code: "ROLLBACK_INCOMPLETE", message: "The rollback could not restore car." },
    rollback: { restored: ["one (a)", "global[0]", "global[1]"], notRestored: ["car"] },
    undoable: 1,
  });
});

test("global compensations alone are a rollback too, and one that fails is named", async () => {
  using site = openSite();
  const { calls, capabilities } = outside("SERVICE_REFUSED");
  calls.failing = 1;
  await using runtime = await site.open({ capabilities });
  const view = await runtime.run(site.flow([broken], { global_compensation_steps: [cancel("hotel")] }));
  expect(view).toMatchObject({
    status: "FAILED",
    failure: { code: "ROLLBACK_INCOMPLETE" },
    rollback: { restored: [], notRestored: ["global[0]"] },
    undoable: 0,
  });
});

describe("a compensation that fails is tried again", () => {
  test("as long as it is worth it", async () => {
    using site = openSite();
    const { calls, capabilities } = outside();
    calls.failing = 1;
    await using runtime = await site.open({ capabilities });
    const flow = site.flow([order("car", { compensation: cancel("car") }), broken]);
    expect(await runtime.run(flow)).toMatchObject({ status: "ROLLED_BACK" });
    expect(calls.made).toEqual(["order car", "cancel car"]);
    expect(new Set(calls.keys).size).toBe(1);
  });

  test.for([
    ["as often as its COMPENSATION step says", { retry: { max_attempts: 2, initial_delay_ms: 1 } }, 2],
    ["as often as its COMPENSATION step says with max_retries", { max_retries: 0 }, 1],
    ["when its COMPENSATION step says so", { retry: { max_attempts: 3, retry_on: ["TIMEOUT"] } }, 1],
  ] as const)("%s", async ([, more, attempts]) => {
    using site = openSite();
    const { calls, capabilities } = outside();
    calls.failing = 9;
    await using runtime = await site.open({ capabilities });
    const back = takesBack("car", { ...more, idempotency_key: "back-{{ car.number }}" });
    const view = await runtime.run(site.flow([order("car"), after("car", broken), back]));
    expect(view).toMatchObject({ status: "FAILED", rollback: { notRestored: ["back_car"] } });
    expect(calls.keys).toEqual(Array.from({ length: attempts }, () => "back-no-car"));
  });
});

test("an undo whose compensation fails says so, changes nothing else, and can be asked for again", async () => {
  using site = openSite();
  const { calls, capabilities } = outside("SERVICE_REFUSED");
  calls.failing = 1;
  await using runtime = await site.open({ capabilities });
  const { run } = await runtime.run(
    site.flow([write("one", "a", "1"), order("car", { compensation: cancel("car") })]),
  );
  await expect(runtime.undo(run)).rejects.toMatchObject({
    code: "ROLLBACK_INCOMPLETE",
    message: `The compensation of the step "car" failed; \`airun show ${run}\` tells why.`,
  });
  expect(runtime.show(run)).toMatchObject({ status: "COMPLETED", undoable: 2 });
  expect(await runtime.undo(run)).toMatchObject({ status: "ROLLED_BACK" });
  expect(lastInverted(runtime.ledger, run)).toEqual({ steps: ["car", "one"], paths: ["a"] });
  expect(calls.made).toEqual(["order car", "cancel car"]);
  expect(snapshot(site.workspace)).toEqual([]);
  await expect(runtime.redo(run, { step: "car" })).rejects.toMatchObject({
    message: `Run ${run} has nothing of the step "car" to redo: what was compensated is not done again.`,
  });
});

test("an effect without a way back does not count as one that can be undone", async () => {
  using site = openSite();
  const { capabilities } = outside();
  await using runtime = await site.open({ capabilities });
  const view = await runtime.run(site.flow([write("one", "a", "1"), order("car")]));
  expect(view).toMatchObject({ status: "COMPLETED", undoable: 1 });
  await expect(runtime.undo(view.run, { step: "car" })).rejects.toMatchObject({
    code: "ROLLBACK_INCOMPLETE",
  });
  expect(await runtime.undo(view.run, { step: "one" })).toMatchObject({ status: "COMPLETED", undoable: 0 });
});
