import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { type CapabilitySpec, defineCapability, type Handler } from "../src/index.ts";
import { call, kinds, openSite } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

const base = {
  version: "1.0.0",
  description: "For a plan.",
  risk: { level: "LOW", justification: "test" },
} as const;

const gate = (more: object = {}) => ({ name: "ask", step_type: "HUMAN_APPROVAL", ...more });

test("the key of a call is what the run would give, and one that nothing defines fails", async () => {
  using site = openSite();
  const seen: string[] = [];
  const look = defineCapability({
    ...base,
    id: "test.look",
    input: z.strictObject({}),
    output: z.strictObject({}),
    sideEffects: ["read_only"],
    undo: { kind: "none" },
    run: ({ idempotencyKey }) => {
      seen.push(idempotencyKey);
      return Promise.resolve({});
    },
  });
  await using runtime = await site.open({ capabilities: [look] });
  const flow = (idempotency_key: string) =>
    site.flow([call("look", "test.look", {}, { idempotency_key })], {
      initial_state: { n: 7 },
      unresolved: "keep",
    });
  expect(await runtime.plan(flow("k-{{ n }}"))).toMatchObject({ outcome: "completes" });
  expect(await runtime.plan(flow("k-{{ nothing }}"))).toMatchObject({
    outcome: "fails",
    steps: [{ decision: "fail", note: "Nothing defines {{ nothing }} in look.idempotency_key." }],
  });
  expect(seen).toEqual(["k-7"]);
});

test.for([
  ["a command alone", { command: "ls" }, "start-process ls"],
  ["a command with words", { command: "ls", args: ["-l", "a b"] }, "start-process ls -l a b"],
  ["what is no command", { script: "ls" }, 'start-process test.start {"script":"ls"}'],
] as const)("a program is named by %s", async ([, inputs, named]) => {
  using site = openSite();
  const start = defineCapability({
    ...base,
    risk: { level: "CRITICAL", justification: "it starts programs" },
    id: "test.start",
    input: z.looseObject({}),
    output: z.strictObject({}),
    sideEffects: ["system_exec"],
    undo: { kind: "irreversible" },
    commands: ["ls"],
    run: () => Promise.reject(new Error("a plan started a program")),
  });
  await using runtime = await site.open({ capabilities: [start] });
  const { steps } = await runtime.plan(site.flow([call("start", "test.start", inputs)]));
  expect(steps).toMatchObject([{ decision: "ask" }]);
  expect(kinds(steps[0] ?? { changes: [] })).toEqual([named]);
});

test("a handler that returns no object breaks its contract, in a plan as in a run", async () => {
  using site = openSite();
  const { spec } = defineCapability({
    ...base,
    id: "test.text",
    input: z.strictObject({}),
    output: z.strictObject({}),
    sideEffects: ["read_only"],
    undo: { kind: "none" },
    run: () => Promise.resolve({}),
  });
  const handler = (() => Promise.resolve("text")) as unknown as Handler;
  await using runtime = await site.open({ capabilities: [{ spec: spec satisfies CapabilitySpec, handler }] });
  const flow = site.flow([call("text", "test.text", {})]);
  const [planned] = (await runtime.plan(flow)).steps;
  const { failure } = await runtime.run(flow);
  expect(failure?.code).toBe("OUTPUT_INVALID");
  expect(planned).toMatchObject({ decision: "fail", note: failure?.message });
});

test("a file that goes away while the plan is made is still listed, without a diff", async () => {
  using site = openSite();
  const file = join(site.workspace, "a.txt");
  const move = defineCapability({
    ...base,
    id: "test.move",
    input: z.strictObject({}),
    output: z.strictObject({}),
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    run: async ({ fs }) => {
      await fs.move("a.txt", "b.txt");
      rmSync(file);
      return {};
    },
  });
  await using runtime = await site.open({ capabilities: [move] });
  writeFileSync(file, "before\n");
  const { outcome, changes } = await runtime.plan("test.move");
  expect(outcome).toBe("completes");
  expect(changes).toEqual([
    { kind: "create", target: "b.txt", diff: null, bytes: { before: null, after: 7 } },
  ]);
});

test.for([
  ["its message", { inputs: { message: "Go on?" } }, "Go on?"],
  ["nothing but its name", {}, null],
] as const)("an approval is shown with %s", async ([, more, note]) => {
  using site = openSite();
  await using runtime = await site.open();
  expect((await runtime.plan(site.flow([gate(more)]))).steps).toMatchObject([
    { step: "ask", decision: "ask", note },
  ]);
});

test("more steps than a plan shows are counted", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const steps = Array.from({ length: 1001 }, (_, index) => call(`s${index}`, "sys.info.get_time", {}));
  const plan = await runtime.plan(site.flow(steps));
  expect(plan).toMatchObject({ outcome: "unknown" });
  expect(plan.steps).toHaveLength(1000);
  expect(plan.warnings).toContain("The plan shows the first 1000 steps; there are more.");
});

test("inputs that a policy changes are planned as they would be", async () => {
  using site = openSite();
  await using runtime = await site.open({
    decide: () => ({ outcome: "allow", rules: [], inputs: { path: "b.txt", content: "quiet" } }),
  });
  const file = site.flow([call("note", "io.fs.write_file", { path: "a.txt", content: "loud" })]);
  const plan = await runtime.plan(file);
  expect(plan.steps).toMatchObject([{ inputs: { path: "b.txt", content: "quiet" }, decision: "run" }]);
  expect(plan.steps.map(kinds)).toEqual([["create b.txt"]]);
  await runtime.run(file);
  expect(readdirSync(site.workspace)).toContain("b.txt");
});

test("a workflow that is too long is not read", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const text = " ".repeat(1024 * 1024 + 1);
  await expect(runtime.plan({ file: "long.yaml", text })).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: expect.stringContaining('"long.yaml" has more than'),
  });
});
