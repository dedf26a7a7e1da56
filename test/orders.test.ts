import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { defineCapability, type Runtime, type RuntimeOptions } from "../src/index.ts";
import { openSite, type Site, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:recovery", "workflow:semantics");

const AIRUN = join(import.meta.dirname, "../bin/airun.cjs");
const gate = { name: "gate", step_type: "HUMAN_APPROVAL" };

/** What another process says to a command, whatever its exit code. */
function airun(site: Site, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(...commandOf(site, args), (_error, stdout) => resolve(stdout));
  });
}

/** The same, while this process stands still. */
function airunAtOnce(site: Site, ...args: readonly string[]): void {
  spawnSync(...commandOf(site, args));
}

function commandOf(site: Site, args: readonly string[]) {
  const words = [AIRUN, ...args, "--workspace", site.workspace];
  return [process.execPath, words, { env: { ...process.env, AI_FIRST_HOME: site.home } }] as const;
}

/** Waits until a file lies in the workspace, or it is stopped. */
const wait = defineCapability({
  id: "test.wait",
  version: "1.0.0",
  description: "Waits for a file.",
  input: z.strictObject({ path: z.string() }),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "it only looks" },
  sideEffects: ["filesystem_read"],
  undo: { kind: "none" },
  run: async ({ fs, signal }, { path }) => {
    while ((await fs.stat(path)) === undefined) await sleep(5, undefined, { signal });
    return {};
  },
});

const waitFor = (path: string) => ({ name: "wait", capability_name: "test.wait", inputs: { path } });

function open(site: Site, options: RuntimeOptions = {}): Promise<Runtime> {
  return site.open({ capabilities: [wait], ...options });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

describe("an order of another process", () => {
  test("cancels a run while a step of it is under way here", async () => {
    using site = openSite();
    await using runtime = await open(site);
    const flow = site.flow([write("one", "a", "1"), waitFor("go")]);
    const { run, settled } = await runtime.start(flow);
    await until(() => existsSync(join(site.workspace, "a")));
    await airun(site, "cancel", run, "--rollback", "--reason", "enough");
    const view = await settled;
    expect(view).toMatchObject({ status: "ROLLED_BACK", reason: "enough" });
    expect(view.steps[1]).toMatchObject({
      status: "failed",
      failure: { code: "CANCELLED", message: "The step was stopped: enough." },
    });
    expect(snapshot(site.workspace)).toEqual([]);
  });

  test("pauses a run here, and lets it go on here", async () => {
    using site = openSite();
    await using runtime = await open(site);
    const flow = site.flow([write("one", "a", "1"), waitFor("go"), write("two", "b", "2")]);
    const { run, settled } = await runtime.start(flow);
    await until(() => existsSync(join(site.workspace, "a")));
    const other = await runtime.start(site.flow([waitFor("never")]));
    expect(await airun(site, "pause", run, "--reason", "lunch")).toContain("‖ paused");
    // Orders are followed in their order: when this one is, so is the pause.
    await airun(site, "cancel", other.run);
    await other.settled;
    await runtime.run("io.fs.write_file", { inputs: { path: "go", content: "" } });
    expect(await settled).toMatchObject({ status: "PAUSED" });
    expect(existsSync(join(site.workspace, "b"))).toBe(false);
    await airun(site, "resume", run);
    await until(() => runtime.show(run).status === "COMPLETED");
    expect([...runtime.ledger.entries({ types: ["run-claimed"] })]).toEqual([]);
  });

  test("approves a run that waited here, and it goes on here", async () => {
    using site = openSite();
    await using runtime = await open(site);
    const { run, status } = await runtime.run(site.flow([gate, write("one", "a", "1")]));
    expect(status).toBe("PAUSED");
    await airun(site, "approve", run);
    await until(() => runtime.show(run).status === "COMPLETED");
    expect([...runtime.ledger.entries({ types: ["run-claimed"] })]).toEqual([]);
  });

  test("approves a run that waited in a runtime which was closed, and it goes on in the one opened since", async () => {
    using site = openSite();
    const first = await open(site);
    const { run } = await first.run(site.flow([gate, write("one", "a", "1")]));
    await first.close();
    await using second = await open(site);
    // To another process the owner seems to live: it is the same process still.
    await airun(site, "approve", run);
    await until(() => second.show(run).status === "COMPLETED");
  });

  test("that crosses the same order given here counts once", async () => {
    using site = openSite();
    await using runtime = await open(site);
    const { run, settled } = await runtime.start(site.flow([waitFor("go"), write("one", "a", "1")]));
    await runtime.ledger.flush();
    // While this waits, nothing here can look at the ledger.
    airunAtOnce(site, "pause", run, "--reason", "there");
    await runtime.pause(run, "here");
    expect([...runtime.ledger.entries({ run, types: ["run-paused"] })]).toHaveLength(2);
    await runtime.run("io.fs.write_file", { inputs: { path: "go", content: "" } });
    expect(await settled).toMatchObject({ status: "PAUSED" });
    expect(await runtime.resume(run, "go on")).toMatchObject({ status: "COMPLETED" });
    expect(runtime.show(run).status).toBe("COMPLETED");
  });

  test("that the run cannot follow here is told, with the run, the order and the reason", async () => {
    using site = openSite();
    mkdirSync(join(site.workspace, "inside"));
    const told = Promise.withResolvers<unknown>();
    await using runtime = await open(site, { onUnfollowed: told.resolve });
    const { run } = await runtime.run(site.flow([gate]), { cwd: "inside" });
    rmSync(join(site.workspace, "inside"), { recursive: true });
    await airun(site, "approve", run);
    expect(await told.promise).toMatchObject({
      run,
      order: "approval-decided",
      failure: { code: "FILE_NOT_FOUND", message: expect.stringContaining('"inside"') as string },
    });
  });

  test("is nothing to tell of where the runtime was closed before the run ended", async () => {
    using site = openSite();
    const told: unknown[] = [];
    await using runtime = await open(site, { onUnfollowed: (unfollowed) => told.push(unfollowed) });
    const { run } = await runtime.run(site.flow([gate, write("one", "a", "1"), waitFor("never")]));
    await airun(site, "approve", run);
    await until(() => existsSync(join(site.workspace, "a")));
    await runtime.close();
    // What the run that was stopped says comes after the turn that stops it.
    await sleep(0);
    expect(told).toEqual([]);
  });

  test("to a run of a dead process is not for this one: who gave it goes on with the run", async () => {
    using site = openSite();
    const file = site.flow([gate, write("one", "a", "1")]);
    const [line = ""] = (await airun(site, "run", file, "--json")).match(/"run": "[^"]+"/) ?? [];
    const [, run = ""] = /: "(.*)"/.exec(line) ?? [];
    await using runtime = await open(site);
    const looked = await runtime.start(site.flow([waitFor("never")]));
    await airun(site, "approve", run);
    expect(runtime.show(run).status).toBe("COMPLETED");
    // Orders are followed in their order: when this one is, the other was looked at.
    await airun(site, "cancel", looked.run);
    await looked.settled;
    expect([...runtime.ledger.entries({ run, types: ["run-claimed"] })]).toHaveLength(1);
  });

  test("where nobody listens, the process warns of it", async () => {
    using site = openSite();
    mkdirSync(join(site.workspace, "inside"));
    const told = Promise.withResolvers<Error>();
    const listen = (warning: Error) => {
      if (warning.name === "AirunWarning") told.resolve(warning);
    };
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
    await using runtime = await open(site);
    const { run } = await runtime.run(site.flow([gate]), { cwd: "inside" });
    rmSync(join(site.workspace, "inside"), { recursive: true });
    await airun(site, "approve", run);
    expect(await told.promise).toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(`^Run ${run} could not go on after approval-decided: `) as string,
    });
  });
});

test.for<[string, (runtime: Runtime, run: string) => unknown]>([
  ["show", (runtime, run) => runtime.show(run)],
  ["decide", (runtime, run) => runtime.decide(run, { decision: "approved", reason: "looked" })],
  ["pause", (runtime, run) => runtime.pause(run, "look")],
  ["resume", (runtime, run) => runtime.resume(run, "go")],
  ["cancel", (runtime, run) => runtime.cancel(run, "enough", true)],
  ["undo", (runtime, run) => runtime.undo(run)],
  ["redo", (runtime, run) => runtime.redo(run)],
])("%s of a run that does not exist names it", async ([, act]) => {
  using site = openSite();
  await using runtime = await site.open();
  await expect((async () => act(runtime, "no-such-run"))()).rejects.toMatchObject({
    code: "RUN_UNKNOWN",
    message: "There is no run no-such-run in this workspace.",
  });
});

test("an order that comes while a paused run waits for the disk finds its worker, and no second one", async () => {
  using site = openSite();
  await using runtime = await open(site);
  const flow = site.flow([waitFor("go"), { ...write("last", "last", "x"), depends_on: ["wait"] }]);
  const { run, settled } = await runtime.start(flow);
  await runtime.ledger.flush();
  await until(() => runtime.show(run).steps[0]?.status === "running");
  await runtime.pause(run, "look");
  const flush = runtime.ledger.flush.bind(runtime.ledger);
  const resumed = Promise.withResolvers<unknown>();
  Object.assign(runtime.ledger, {
    flush: async () => {
      Object.assign(runtime.ledger, { flush });
      await flush();
      resumed.resolve(runtime.resume(run, "go on"));
    },
  });
  writeFileSync(join(site.workspace, "go"), "");
  await Promise.all([resumed.promise, settled]);
  await until(() => runtime.show(run).endedAt !== null);
  expect(runtime.show(run).status).toBe("COMPLETED");
  const intents = [...runtime.ledger.entries({ run, types: ["step-intended"] })].map(({ step }) => step);
  expect(intents).toEqual(["wait", "last"]);
});
