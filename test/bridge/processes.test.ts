import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { openIn } from "../installation.ts";
import { type LocalServer, startServer } from "../local-server.ts";
import { oneIn } from "../one-in.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { snapshot } from "../snapshot.ts";
import { capabilityArgs, flow, workflowArgs, write } from "./run-bridge.ts";
import { spawnBridge, startBridge } from "./spawn-bridge.ts";

verifies("bridge:control", "bridge:record");

const PAUSE_B = '{"pre_step":{"b":"PAUSE"}}';
const steps = [
  write("a", "kept.txt"),
  write("b", "b.txt", { depends_on: ["a"] }),
  write("c", "c.txt", { depends_on: ["b"] }),
];

/** A workspace with a file that step `a` overwrites. */
function prepare(directory: string): readonly string[] {
  mkdirSync(join(directory, "workspace"));
  writeFileSync(join(directory, "workspace/kept.txt"), "before\n");
  return snapshot(join(directory, "workspace"));
}

test.for(
  oneIn(5, [
    ["workflow-resume", ["--decision", "approve"], { exitCode: 0, status: "success" }, ["a\n", "b\n", "c\n"]],
    ["workflow-resume", ["--decision", "reject"], { exitCode: 0, status: "rolled_back" }, null],
    ["workflow-cancel", ["--rollback"], { exitCode: 0, status: "rolled_back" }, null],
    ["workflow-cancel", [], { exitCode: 16, status: "failure" }, ["a\n"]],
    ["workflow-rollback", [], { exitCode: 0, status: "rolled_back" }, null],
  ] as const),
)("paused by governance; %s %j in another process", async ([command, more, expected, texts]) => {
  using directory = scratch();
  const before = prepare(directory.path);
  const spec = workflowArgs(flow(steps), "--enable-governance-hooks", "--governance-decisions-json", PAUSE_B);
  const first = await spawnBridge(spec, directory.path);
  expect([first.exitCode, first.record["status"]]).toEqual([30, "paused"]);
  expect(textsIn(directory.path)).toEqual(["a\n"]);

  const argv = [command, "--workflow-execution-id", String(first.record["workflowExecutionId"]), ...more];
  const second = await spawnBridge(argv, directory.path);
  expect([second.exitCode, second.record["status"]], JSON.stringify(second.record)).toEqual([
    expected.exitCode,
    expected.status,
  ]);
  expect(second.record).toMatchObject({ executionId: "e2", traceId: "t2", questId: "q2", userId: "u2" });
  if (texts === null) expect(snapshot(join(directory.path, "workspace"))).toEqual(before);
  else expect(textsIn(directory.path)).toEqual(texts);

  const again = await spawnBridge(argv, directory.path);
  expect([again.exitCode, again.record["status"]], JSON.stringify(again.record)).toEqual([
    expected.exitCode,
    expected.status,
  ]);
});

test.for(
  oneIn(5, [
    ["workflow-resume", ["--decision", "approve"], "success"],
    ["workflow-cancel", ["--rollback"], "rolled_back"],
    ["workflow-rollback", [], "rolled_back"],
  ] as const),
)("after SIGKILL in the middle of a step: %s %j", async ([command, more, status]) => {
  using directory = scratch();
  const before = prepare(directory.path);
  const site = await startAndWait(directory.path);
  await using server = site.server;
  site.child.kill("SIGKILL");
  await site.ended;
  site.answerNow();

  await using reader = await openIn(directory.path);
  const [run] = reader.ledger.runs();
  await reader.close();
  expect(run?.status).toBe("RUNNING");
  const argv = [command, "--workflow-execution-id", run?.id ?? "", ...more];
  const { exitCode, record } = await spawnBridge(argv, directory.path, hostOf(server));
  expect([exitCode, record["status"]], JSON.stringify(record)).toEqual([0, status]);
  if (status === "rolled_back") expect(snapshot(join(directory.path, "workspace"))).toEqual(before);
  else expect(readFileSync(join(directory.path, "workspace/kept.txt"), "utf8")).toBe("a\n");
});

test.for(
  oneIn(5, [
    ["SIGTERM", 1, "CANCELLED", 16],
    ["SIGINT", 2, "CANCELLED", 16],
  ] as const),
)(
  "%s, %i times, in the middle of a step: one record, and recovery knows the run",
  async ([signal, times, category, code]) => {
    using directory = scratch();
    prepare(directory.path);
    const { child, ended, server } = await startAndWait(directory.path);
    await using _ = server;
    child.kill(signal);
    if (times === 2) {
      await sleep(400);
      child.kill(signal);
    }
    const { code: exitCode, stdout } = await ended;
    expect(exitCode).toBe(code);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(record).toMatchObject({ error: { category } });
    const argv = ["workflow-rollback", "--workflow-execution-id", String(record["workflowExecutionId"])];
    expect((await spawnBridge(argv, directory.path)).record).toMatchObject({ status: "rolled_back" });
    expect(readFileSync(join(directory.path, "workspace/kept.txt"), "utf8")).toBe("before\n");
  },
);

test("SIGTERM while a capability runs cancels it", async () => {
  using directory = scratch();
  await using server = await startServer(() => {});
  const { child, ended } = startBridge(
    capabilityArgs("net.http.get", { url: `http://127.0.0.1:${server.port}/` }),
    directory.path,
    hostOf(server),
  );
  while (server.seen.length === 0) await sleep(10);
  child.kill("SIGTERM");
  const { code, stdout } = await ended;
  expect([code, JSON.parse(stdout)]).toMatchObject([
    16,
    { status: "failure", error: { category: "CANCELLED" } },
  ]);
});

/** A run of a step that writes and one that waits for a host, with the process in the middle of the second. */
async function startAndWait(directory: string) {
  let isQuick = false;
  const server = await startServer((_, response) => void (isQuick && response.end("{}")));
  const url = `http://127.0.0.1:${server.port}/`;
  const slow = { name: "slow", capability_name: "net.http.get", inputs: { url }, depends_on: ["a"] };
  const spawned = startBridge(workflowArgs(flow([write("a", "kept.txt"), slow])), directory, hostOf(server));
  while (server.seen.length === 0) await sleep(10);
  return { ...spawned, server, answerNow: () => void (isQuick = true) };
}

function hostOf({ port }: LocalServer): Record<string, string> {
  return { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` };
}

function textsIn(directory: string): string[] {
  return ["kept.txt", "b.txt", "c.txt"].flatMap((name) => {
    try {
      return [readFileSync(join(directory, "workspace", name), "utf8")];
    } catch {
      return [];
    }
  });
}
