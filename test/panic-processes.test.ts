import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import { expect, test } from "vitest";

import type { HookRequest } from "../src/contract/hooks.ts";
import type { PanicAction, PanicScope } from "../src/contract/panic.ts";
import { recordedPolicy } from "../src/governance/constitution/activation.ts";
import { replayDecisions } from "../src/governance/constitution/replay.ts";
import type { Hooks, RuntimeOptions } from "../src/index.ts";
import { flowOf } from "./flow.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { begun, filesIn, letGo, panicCapabilities, person, wentForward } from "./panic-site.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { homeIn } from "./home.ts";

verifies("governance:panic");

const ADMIN = person("ann");
const FLOW = flowOf([
  { name: "first", capability_name: "io.fs.write_file", inputs: { path: "first", content: "1" } },
  { name: "hold", capability_name: "test.hold", inputs: { name: "hold" }, depends_on: ["first"] },
]);

function open(directory: string, options: RuntimeOptions = {}) {
  return openIn(directory, { capabilities: panicCapabilities(directory), principal: ADMIN, ...options });
}

async function underWay(directory: string, type: string) {
  const flow = join(directory, "flow.json");
  writeFileSync(flow, JSON.stringify(FLOW));
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "panic-driver.ts"), directory, flow, type],
    { stdio: "inherit" },
  );
  await begun(directory, "hold");
  return child;
}

test.for(
  oneIn<[PanicAction, string, string, string[]]>(4, [
    ["FREEZE", "run-paused", "PAUSED", ["first"]],
    ["FREEZE", "undo-intended", "PAUSED", ["first"]],
    ["FREEZE", "step-interrupted", "PAUSED", ["first"]],
    ["CANCEL_ONLY", "run-cancel-requested", "FAILED", ["first"]],
    ["CANCEL_ONLY", "step-failed", "FAILED", ["first"]],
    ["CANCEL_AND_ROLLBACK", "run-cancel-requested", "ROLLED_BACK", []],
    ["CANCEL_AND_ROLLBACK", "rollback-started", "ROLLED_BACK", []],
    ["CANCEL_AND_ROLLBACK", "undo-completed", "ROLLED_BACK", []],
  ]),
)("%s, and the process dies after %s: recovery makes it %s", async ([action, type, status, files]) => {
  using directory = scratch();
  const child = await underWay(directory.path, type);
  const died = once(child, "exit");
  let panic;
  {
    await using runtime = await open(directory.path);
    ({ panic } = await runtime.panic({ action, scope: { kind: "all" }, reason: "smoke" }));
    expect((await died)[1]).toBe("SIGKILL");
  }
  await using runtime = await open(directory.path);
  await runtime.recover();
  const [row] = runtime.ledger.runs();
  const run = row?.id ?? "";
  expect([runtime.show(run).status, filesIn(workspaceIn(directory.path))]).toEqual([status, files]);
  expect(wentForward(runtime, run, 0).filter(({ at }) => at > panic.at)).toEqual([]);
  expect(await runtime.recover()).toEqual([]);
  if (action === "FREEZE") {
    await expect(runtime.resume(run, "now")).rejects.toMatchObject({ code: "PANIC" });
    await runtime.liftPanic(panic.id, "it was steam");
    letGo(directory.path);
    expect((await runtime.resume(run, "go on")).status).toBe("COMPLETED");
  }
  expect(verifyIn(directory.path).findings).toEqual([]);
});

test("the run of a process that died before the panic: recovery lets nothing go forward", async () => {
  using directory = scratch();
  const child = await underWay(directory.path, "never");
  const died = once(child, "exit");
  child.kill("SIGKILL");
  await died;
  await using runtime = await open(directory.path);
  const report = await runtime.panic({ action: "FREEZE", scope: { kind: "all" }, reason: "smoke" });
  expect(report.runs).toMatchObject([{ status: "PAUSED", isAtRest: true }]);
  expect(filesIn(workspaceIn(directory.path))).toEqual(["first"]);
});

test("with waitMs the report tells what another process stopped", async () => {
  using directory = scratch();
  const child = await underWay(directory.path, "never");
  const died = once(child, "exit");
  await using runtime = await open(directory.path);
  const order = {
    action: "CANCEL_AND_ROLLBACK",
    scope: { kind: "agent", name: "claude" },
    reason: "x",
  } as const;
  const { runs } = await runtime.panic(order, { waitMs: 20_000 });
  expect(runs).toMatchObject([{ name: "flow", status: "ROLLED_BACK", isAtRest: true }]);
  expect(filesIn(workspaceIn(directory.path))).toEqual([]);
  await died;
});

test("neither a restart nor the loss of any other file of the home ends a panic", async () => {
  using directory = scratch();
  {
    await using runtime = await open(directory.path);
    await runtime.panic({ action: "FREEZE", scope: { kind: "all" }, reason: "smoke" });
  }
  const home = homeIn(directory.path);
  // The keys belong to the ledger: without them it opens no more than without itself.
  for (const name of readdirSync(home))
    if (!name.startsWith("home.db") && name !== "keys") rmSync(join(home, name), { recursive: true });
  expect(existsSync(join(home, "home.db"))).toBe(true);
  await using runtime = await open(directory.path);
  await expect(runtime.run("sys.info.get_time")).rejects.toMatchObject({ code: "PANIC" });
});

const CLAUDE = person("ann", "claude");
const SCOPES: readonly [string, PanicScope, boolean][] = [
  ["all", { kind: "all" }, true],
  ["the agent", { kind: "agent", name: "claude" }, true],
  ["another agent", { kind: "agent", name: "other" }, false],
  ["the human", { kind: "human", name: "ann" }, true],
  ["another human", { kind: "human", name: "bob" }, false],
  ["another run", { kind: "run", run: "another" }, false],
];

test.for(SCOPES)("an agent is stopped by a panic over %s: %o %s", async ([, scope, isStopped]) => {
  using directory = scratch();
  await using admin = await open(directory.path);
  const { run: another } = await admin.run("sys.info.get_time");
  await admin.panic({
    action: "FREEZE",
    scope: scope.kind === "run" ? { kind: "run", run: another } : scope,
    reason: "x",
  });
  await using agent = await openIn(directory.path, { principal: CLAUDE });
  const started = agent.run("sys.info.get_time");
  if (isStopped) await expect(started).rejects.toMatchObject({ code: "PANIC" });
  else expect(await started).toMatchObject({ status: "COMPLETED" });
});

test("whoever has no role stops only what is their own, and an agent lifts nothing", async () => {
  using directory = scratch();
  await using admin = await open(directory.path);
  const { run: admins } = await admin.run("sys.info.get_time");
  const raise = async (by: typeof ADMIN, scope: PanicScope) => {
    await using runtime = await openIn(directory.path, { principal: by });
    return await runtime.panic({ action: "FREEZE", scope, reason: "x" });
  };
  const refused = { code: "NOT_AUTHORIZED" };
  const bob = person("bob");
  await expect(raise(CLAUDE, { kind: "all" })).rejects.toMatchObject(refused);
  await expect(raise(CLAUDE, { kind: "agent", name: "other" })).rejects.toMatchObject(refused);
  await expect(raise(bob, { kind: "all" })).rejects.toMatchObject(refused);
  await expect(raise(bob, { kind: "human", name: "ann" })).rejects.toMatchObject(refused);
  await expect(raise(bob, { kind: "run", run: admins })).rejects.toMatchObject(refused);

  const { panic } = await raise(CLAUDE, { kind: "agent", name: "claude" });
  expect((await raise(CLAUDE, { kind: "agent", name: "claude" })).panic).toEqual(panic);
  await using agent = await openIn(directory.path, { principal: CLAUDE });
  await expect(agent.run("sys.info.get_time")).rejects.toMatchObject({ code: "PANIC" });
  // The same agent, for somebody else.
  await using others = await openIn(directory.path, { principal: person("bob", "claude") });
  expect(await others.run("sys.info.get_time")).toMatchObject({ status: "COMPLETED" });
  await expect(agent.liftPanic(panic.id, "I am well")).rejects.toMatchObject(refused);
  await expect(others.liftPanic(panic.id, "it is well")).rejects.toMatchObject(refused);
  await admin.liftPanic(panic.id, "it is well");
  expect(await agent.run("sys.info.get_time")).toMatchObject({ status: "COMPLETED" });
  await expect(admin.liftPanic(panic.id, "again")).rejects.toMatchObject({ code: "STATE_CONFLICT" });
});

test("under a panic an undo works, and a redo does not", async () => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a", content: "a" } });
  const { panic } = await runtime.panic({ action: "CANCEL_ONLY", scope: { kind: "all" }, reason: "x" });
  expect(await runtime.undo(run)).toMatchObject({ status: "ROLLED_BACK" });
  await expect(runtime.redo(run)).rejects.toMatchObject({ code: "PANIC" });
  expect(filesIn(workspaceIn(directory.path))).toEqual([]);
  await runtime.liftPanic(panic.id, "well");
  expect(await runtime.redo(run)).toMatchObject({ status: "COMPLETED" });
});

test("a governor is told of the panic for each run that it stops, and cannot hold it up", async () => {
  using directory = scratch();
  const told: HookRequest[] = [];
  const hooks: Hooks = (request) => {
    if (request.event === "on_panic") told.push(request);
    const decision = request.event === "on_panic" ? "DENY" : "ALLOW";
    return { decision, reason: "", violation: null, failed: null };
  };
  await using runtime = await open(directory.path, { hooks });
  const { run, settled } = await runtime.start("test.hold", { inputs: { name: "one" } });
  await begun(directory.path, "one");
  await runtime.panic({ action: "CANCEL_AND_ROLLBACK", scope: { kind: "all" }, reason: "smoke" });
  expect(await settled).toMatchObject({ status: "ROLLED_BACK" });
  expect(told).toMatchObject([{ workflow_id: run, action: "CANCEL_AND_ROLLBACK", reason: "smoke" }]);
});

test("of 100 calls in flight none goes forward after the panic, and every decision is derived again", async () => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  const started = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      runtime.start("load_test_quick", {
        inputs: { run_id: `r${index}` },
        cwd: directoryOf(directory.path, index),
      }),
    ),
  );
  // In the middle of them, on a slow machine as on a fast one.
  while (!started.some(({ run }) => wentForward(runtime, run, 0).length > 0)) await setImmediate();
  const { panic } = await runtime.panic({ action: "FREEZE", scope: { kind: "all" }, reason: "x" });
  const views = await Promise.all(started.map(({ settled }) => settled));
  expect(new Set(views.map(({ status }) => status)).has("PAUSED")).toBe(true);
  for (const { run } of started)
    expect(wentForward(runtime, run, 0).filter(({ at }) => at > panic.at)).toEqual([]);
  const report = replayDecisions({
    ledger: runtime.ledger,
    policySet: (digest) => recordedPolicy(runtime.homeLedger, digest),
    workspace: runtime.workspace,
    ruleRoots: [],
  });
  expect(report).toMatchObject({ ok: true, findings: [] });
});

function directoryOf(directory: string, index: number): string {
  mkdirSync(join(workspaceIn(directory), `r${index}`));
  return `r${index}`;
}
