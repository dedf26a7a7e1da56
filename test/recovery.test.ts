import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import type { Runtime } from "../src/index.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { startServer } from "./local-server.ts";
import { callsIn, recoveryCapabilities } from "./recovery-capabilities.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";
import { homeIn } from "./home.ts";

verifies("workflow:recovery", "undo:crash");

const HERE = import.meta.dirname;

const write = (name: string, path: string, content: string) => ({
  name,
  capability_name: "io.fs.write_file",
  inputs: { path, content },
});
const call = (name: string, capability_name: string, more: object = {}) => ({
  name,
  capability_name,
  ...more,
});
const cancelledBy = (capability_name: string) => ({ compensation: { capability_name } });

type Death = {
  /** Type and step of the entry that it dies at, and which of these it is. */
  readonly at: readonly [type: string, step: string, nth?: number];
  readonly cwd?: string;
  readonly undo?: true;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs these steps in a process of its own, which is dead when this returns. */
function die(directory: string, steps: readonly object[], { at, cwd = ".", undo, env = {} }: Death): void {
  const flow = { name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps };
  const [type, step, nth = 1] = at;
  const args = [directory, JSON.stringify(flow), type, step, String(nth), cwd, undo === true ? "undo" : ""];
  const { signal, stderr } = spawnSync(process.execPath, [join(HERE, "recovery-driver.ts"), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect(signal, stderr).toBe("SIGKILL");
}

/** The process that comes after it. */
function openAfter(directory: string, env: Readonly<Record<string, string>> = {}): Promise<Runtime> {
  return openIn(directory, {
    env,
    capabilities: recoveryCapabilities(directory),
    decide: () => ({ outcome: "allow", rules: [] }),
  });
}

function interruptions(runtime: Runtime): string[] {
  return [...runtime.ledger.entries({ types: ["step-interrupted"] })].map(
    ({ step, data }) => `${step} ${data.outcome}`,
  );
}

test.for([
  ["reads, is repeated", "test.look", "repeatable"],
  ["may be repeated, is repeated under the same key", "test.order_once", "repeatable"],
] as const)("an attempt that %s", async ([, capability, outcome]) => {
  using directory = scratch();
  die(directory.path, [write("one", "a", "1"), call("two", capability)], { at: ["step-intended", "two"] });
  await using runtime = await openAfter(directory.path);
  const [view] = await runtime.recover();
  expect(view).toMatchObject({ status: "COMPLETED", steps: [{ step: "one" }, { step: "two", attempt: 1 }] });
  expect(interruptions(runtime)).toEqual([`two ${outcome}`]);
  expect(new Set(callsIn(directory.path))).toEqual(new Set([`${capability} ${view?.run}/two`]));
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

test.for([
  ["reads is sent again", "test.get", "repeatable", "COMPLETED", 1],
  ["changes something is not sent again without a human", "test.post", "unknown", "PAUSED", 0],
] as const)("a request that was cut off and %s", async ([, capability, outcome, status, requests]) => {
  using directory = scratch();
  await using server = await startServer((_, response) => response.end());
  const env = { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${server.port}` };
  const inputs = { url: `http://127.0.0.1:${server.port}/` };
  die(directory.path, [call("one", capability, { inputs })], { at: ["effect-intended", "one"], env });
  await using runtime = await openAfter(directory.path, env);
  expect(await runtime.recover()).toMatchObject([{ status }]);
  expect(interruptions(runtime)).toEqual([`one ${outcome}`]);
  expect(server.seen).toHaveLength(requests);
  expect([...runtime.ledger.entries({ types: ["undo-completed"] })]).toEqual([]);
});

test("a file that an attempt wrote is taken back, and the attempt is repeated", async () => {
  using directory = scratch();
  die(directory.path, [write("one", "a", "1")], { at: ["effect-intended", "one"] });
  await using runtime = await openAfter(directory.path);
  expect(await runtime.recover()).toMatchObject([{ status: "COMPLETED", undoable: 1 }]);
  expect(interruptions(runtime)).toEqual(["one undone"]);
  expect(readFileSync(join(workspaceIn(directory.path), "a"), "utf8")).toBe("1");
});

test("what somebody wrote since at the path of an attempt is left, and a human is asked", async () => {
  using directory = scratch();
  die(directory.path, [write("one", "a", "1")], { at: ["effect-intended", "one"] });
  writeFileSync(join(workspaceIn(directory.path), "a"), "by somebody");
  await using runtime = await openAfter(directory.path);
  expect(await runtime.recover()).toMatchObject([{ status: "PAUSED" }]);
  expect(interruptions(runtime)).toEqual(["one unknown"]);
  expect(readFileSync(join(workspaceIn(directory.path), "a"), "utf8")).toBe("by somebody");
});

test.for([
  ["approved", "COMPLETED", 1, null],
  ["rejected", "ROLLED_BACK", 0, "RECOVERY_NEEDS_HUMAN"],
] as const)(
  "whether an effect that cannot be repeated happened, a human says: %s",
  async ([decision, status, calls, code]) => {
    using directory = scratch();
    die(directory.path, [write("one", "a", "1"), call("two", "test.send")], { at: ["step-intended", "two"] });
    await using runtime = await openAfter(directory.path);
    const [waiting] = await runtime.recover();
    expect(waiting).toMatchObject({ status: "PAUSED" });
    expect(callsIn(directory.path)).toEqual([]);
    const [asked] = runtime.ledger.entries({ types: ["approval-requested"] });
    expect(asked?.data.text).toMatch(/^The process died while test\.send ran, .* Approve to run it again, /);
    const view = await runtime.decide(waiting?.run ?? "", { decision, reason: "looked" });
    expect(view.status).toBe(status);
    expect(callsIn(directory.path)).toHaveLength(calls);
    expect(view.failure?.code ?? null).toBe(code);
  },
);

const order = (compensation: string) => [
  write("one", "a", "1"),
  call("two", "test.order", cancelledBy(compensation)),
  call("three", "test.fail"),
];

test("a compensation that was cut off and may be repeated is, and the rollback is complete", async () => {
  using directory = scratch();
  die(directory.path, order("test.order_once"), { at: ["step-intended", "two", 2] });
  await using runtime = await openAfter(directory.path);
  const [view] = await runtime.recover();
  expect(view).toMatchObject({ status: "ROLLED_BACK", rollback: { restored: ["two", "one (a)"] } });
  const [forward, ...back] = callsIn(directory.path);
  expect(forward).toBe(`test.order ${view?.run}/two`);
  expect(new Set(back)).toEqual(new Set([`test.order_once ${view?.run}/two/compensation`]));
  expect(snapshot(workspaceIn(directory.path))).toEqual([]);
});

test("a compensation that was cut off and may not be repeated is not: the rest is rolled back, and it is named", async () => {
  using directory = scratch();
  die(directory.path, order("test.send"), { at: ["step-intended", "two", 2] });
  await using runtime = await openAfter(directory.path);
  expect(await runtime.recover()).toMatchObject([
    {
      status: "FAILED",
      failure: { code: "ROLLBACK_INCOMPLETE" },
      rollback: { restored: ["one (a)"], notRestored: ["two"] },
    },
  ]);
  const [, failed] = runtime.ledger.entries({ types: ["step-failed"] });
  expect(failed?.data.failure).toMatchObject({
    code: "RECOVERY_NEEDS_HUMAN",
    message: "The process died while the compensation test.send ran.",
  });
  expect(callsIn(directory.path).filter((line) => line.startsWith("test.send"))).toEqual([]);
  expect(snapshot(workspaceIn(directory.path))).toEqual([]);
});

test("an undo that was cut off is finished, where nobody interfered", async () => {
  using directory = scratch();
  const steps = [write("one", "a", "1"), write("two", "b", "2")];
  die(directory.path, steps, { at: ["undo-intended", "two"], undo: true });
  await using runtime = await openAfter(directory.path);
  expect(await runtime.recover()).toMatchObject([{ status: "ROLLED_BACK", undoable: 0 }]);
  expect(snapshot(workspaceIn(directory.path))).toEqual([]);
});

test("an undo that was cut off is refused where somebody wrote to the path since; it can be asked for again", async () => {
  using directory = scratch();
  const file = join(workspaceIn(directory.path), "a");
  die(directory.path, [write("one", "a", "1")], { at: ["undo-intended", "one"], undo: true });
  writeFileSync(file, "by somebody");
  await using runtime = await openAfter(directory.path);
  await expect(runtime.recover()).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  const [row] = runtime.ledger.runs();
  expect(readFileSync(file, "utf8")).toBe("by somebody");
  expect(runtime.show(row?.id ?? "")).toMatchObject({ status: "COMPLETED", undoable: 1 });
  expect(await runtime.recover()).toEqual([]);
  expect((await runtime.undo(row?.id ?? "", { mode: "force" })).status).toBe("ROLLED_BACK");
});

test("a run that cannot go on says why, and the others are finished all the same", async () => {
  using directory = scratch();
  const inside = join(workspaceIn(directory.path), "inside");
  mkdirSync(inside, { recursive: true });
  die(directory.path, [write("one", "a", "1")], { at: ["effect-intended", "one"], cwd: "inside" });
  die(directory.path, [write("one", "b", "1")], { at: ["effect-intended", "one"] });
  rmSync(inside, { recursive: true });
  await using runtime = await openAfter(directory.path);
  await expect(runtime.recover()).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
    message: expect.stringContaining('"inside"') as string,
  });
  expect(runtime.ledger.runs().map(({ status }) => status)).toEqual(["COMPLETED", "RUNNING"]);
});

test("of two processes that recover at once, one gets the run, and to the other that is no error", async () => {
  using directory = scratch();
  die(directory.path, [write("one", "a", "1")], { at: ["effect-intended", "one"] });
  await using runtime = await openAfter(directory.path);
  const recovering = runtime.recover();
  // The claim of this process waits for the next turn of the event loop; the other process is quicker.
  const workspace = workspaceIn(directory.path);
  const args = [join(HERE, "../bin/airun.cjs"), "recover", "--json", "--workspace", workspace];
  const env = { ...process.env, AI_FIRST_HOME: homeIn(directory.path) };
  const other = spawnSync(process.execPath, args, { encoding: "utf8", env });
  expect(JSON.parse(other.stdout), other.stderr).toMatchObject([{ status: "COMPLETED" }]);
  expect(await recovering).toEqual([]);
  expect([...runtime.ledger.entries({ types: ["run-claimed"] })]).toHaveLength(1);
});
