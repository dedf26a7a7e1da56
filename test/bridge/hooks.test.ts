import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openHooks } from "../../src/bridge/open-hooks.ts";
import { HOOK_EVENTS } from "../../src/contract/governor.ts";
import type { Runtime } from "../../src/index.ts";
import { openIn, workspaceIn } from "../installation.ts";
import { oneIn } from "../one-in.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { type Behaviour, BEHAVIOURS, startGovernor } from "./governor-server.ts";
import { capabilitiesFor, type HookPath, isOnPath, pathOf, PATHS } from "./hook-paths.ts";

verifies("hooks:governor");

const ASKED = HOOK_EVENTS.filter((event) => event !== "on_panic");
const MATRIX = ASKED.flatMap((event) =>
  PATHS.flatMap((path) => BEHAVIOURS.map((behaviour) => [event, path, behaviour] as const)),
);

/** What the behaviour amounts to, under the fail mode DENY. */
const MEANS: Readonly<Record<Behaviour, "ALLOW" | "DENY" | "PAUSE">> = {
  allow: "ALLOW",
  deny: "DENY",
  pause: "PAUSE",
  late: "DENY",
  garbage: "DENY",
  down: "DENY",
};

type Expected = {
  /** After the first call. */
  readonly status: string;
  readonly failure?: string;
  /** Whether what the path's step makes is there then. */
  readonly isMade: boolean;
};

function expected(
  event: (typeof ASKED)[number],
  path: HookPath,
  decision: "ALLOW" | "DENY" | "PAUSE",
): Expected {
  const plain = { status: path.ends, isMade: path.ends === "COMPLETED" };
  if (decision === "ALLOW" || event === "post_execution") return plain;
  if (event === "pre_execution")
    return decision === "DENY"
      ? { status: "FAILED", failure: "DENIED", isMade: false }
      : { status: "PAUSED", isMade: false };
  if (path.role !== "step") {
    const isRefused = event === "pre_step" && decision === "DENY";
    return isRefused ? { status: "FAILED", failure: "ROLLBACK_INCOMPLETE", isMade: true } : plain;
  }
  if (decision === "PAUSE") return { status: "PAUSED", isMade: event === "post_step" };
  return { status: "ENDED", failure: "DENIED", isMade: false };
}

describe("every event, answer and path", () => {
  test.concurrent.for(oneIn(8, MATRIX))("%s of a %s: %s", async ([event, pathName, behaviour]) => {
    using directory = scratch();
    const path = pathOf(pathName);
    await using governor = await startGovernor(
      (request) => (request.event === event && isOnPath(request, path) ? behaviour : "allow"),
      { isLate: behaviour === "late" },
    );
    const done = { tries: 0, booked: 0, unbooked: 0 };
    const options = { env: governor.env, capabilities: capabilitiesFor(done) };
    await using runtime = await openIn(directory.path, options);
    const file = join(directory.path, "flow.json");
    writeFileSync(file, JSON.stringify(path.spec));
    const isMade = () =>
      path.role === "compensation"
        ? done.booked > done.unbooked
        : existsSync(join(workspaceIn(directory.path), path.file));

    const view = await runtime.run(file);
    const wanted = expected(event, path, MEANS[behaviour]);
    expect({ status: wanted.status === "ENDED" ? "ENDED" : view.status, isMade: isMade() }).toEqual({
      status: wanted.status,
      isMade: wanted.isMade,
    });
    if (wanted.status === "ENDED") expect(["FAILED", "ROLLED_BACK"]).toContain(view.status);
    if (wanted.failure !== undefined) expect(view.failure?.code).toBe(wanted.failure);
    if (event === "pre_execution" && MEANS[behaviour] === "DENY")
      expect(governor.asked.map((request) => request.event)).toEqual(["pre_execution", "post_execution"]);

    expect(governor.badSignatures).toEqual([]);
    expect(governor.asked.some((request) => request.event === event && isOnPath(request, path))).toBe(true);
    expect(answers(runtime, view.run, event)).toContainEqual([
      MEANS[behaviour],
      ["late", "garbage", "down"].includes(behaviour),
    ]);

    if (view.status !== "PAUSED") return;
    const after =
      event === "pre_step"
        ? await runtime.decide(view.run, { decision: "approved", reason: "looked" })
        : await runtime.resume(view.run, "looked");
    expect([after.status, isMade()]).toEqual([path.ends, path.ends === "COMPLETED"]);
  });
});

function answers(runtime: Runtime, run: string, event: string): [string, boolean][] {
  return [...runtime.ledger.entries({ run, types: ["hook-answered"] })]
    .filter(({ data }) => data.event === event)
    .map(({ data }) => [data.decision, data.failed !== undefined]);
}

test.for(BEHAVIOURS)("on_panic: %s", async (behaviour) => {
  await using governor = await startGovernor(() => behaviour, { isLate: behaviour === "late" });
  const hooks = openHooks(undefined, governor.env, undefined, () => {
    throw new Error("no quest here");
  });
  const answer = await hooks?.({
    event: "on_panic",
    trace_id: "t",
    quest_id: null,
    workflow_id: "w",
    timestamp: "2026-01-01T00:00:00.000Z",
    runtime_version: "1",
    action: "FREEZE",
    reason: "a person said so",
  });
  expect(answer?.decision).toBe(MEANS[behaviour]);
  expect(governor.asked).toMatchObject([{ event: "on_panic", action: "FREEZE" }]);
});

test.for(["ALLOW", "PAUSE"] as const)("the fail mode %s answers instead", async (failMode) => {
  using directory = scratch();
  await using governor = await startGovernor(({ event }) => (event === "pre_step" ? "down" : "allow"));
  const env = { ...governor.env, AEGIS_GOVERNANCE_HOOK_FAIL_MODE: failMode };
  await using runtime = await openIn(directory.path, { env });
  const { status } = await runtime.run("io.fs.write_file", { inputs: { path: "a", content: "a" } });
  expect(status).toBe(failMode === "ALLOW" ? "COMPLETED" : "PAUSED");
});

test("a run goes on under the governor that it was started with, in a process that knows of none", async () => {
  using directory = scratch();
  await using governor = await startGovernor((request) =>
    request.event === "pre_step" && request.step.step_id === "b" ? "deny" : "allow",
  );
  const file = join(directory.path, "flow.json");
  const gate = { name: "gate", step_type: "HUMAN_APPROVAL" };
  const b = { name: "b", depends_on: ["gate"], capability_name: "sys.info.get_time" };
  const metadata = { owner: "t" };
  writeFileSync(
    file,
    JSON.stringify({ name: "w", version: "1.0.0", description: "d", metadata, steps: [gate, b] }),
  );
  await using first = await openIn(directory.path, { env: governor.env });
  const { run } = await first.run(file);
  await first.close();
  await using second = await openIn(directory.path, {
    env: { AEGIS_GOVERNANCE_HOOK_SECRET: governor.env["AEGIS_GOVERNANCE_HOOK_SECRET"] ?? "" },
  });
  const view = await second.decide(run, { decision: "approved", reason: "looked" });
  expect(view).toMatchObject({ status: "FAILED", failure: { code: "DENIED" } });
  expect(governor.badSignatures).toEqual([]);
});

test.for([
  ["throws", () => Promise.reject(new Error("no"))],
  ["answers nothing that it may", () => ({ decision: "YES" }) as never],
] as const)("a governor in the process that %s is a denial", async ([, hooks]) => {
  using directory = scratch();
  await using runtime = await openIn(directory.path, { hooks });
  expect(await runtime.run("sys.info.get_time")).toMatchObject({
    status: "FAILED",
    failure: { code: "DENIED" },
  });
});

test("a secret input is not shown to the governor", async () => {
  using directory = scratch();
  await using governor = await startGovernor(() => "allow");
  await using runtime = await openIn(directory.path, { env: governor.env });
  await runtime.run("net.http.get", {
    inputs: { url: "http://127.0.0.1:1/", headers: { authorization: "Bearer tell-nobody" } },
  });
  expect(governor.asked.length).toBeGreaterThan(2);
  expect(JSON.stringify(governor.asked)).not.toContain("tell-nobody");
});
