import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { httpHooks } from "../src/bridge/http-hooks.ts";
import { runFake } from "./cli/run-fake.ts";
import { openIn, workspaceIn } from "./installation.ts";
import { startServer } from "./local-server.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("aegis:quest", "hooks:governor");

const ROOT = join(import.meta.dirname, "..");
const SECRET = "both know it";

const QUEST = `quest_id: q-1
intent: Leave a note, then throw it away
goals:
  - write "x" to note.txt
  - delete note.txt
`;

/** Starts a program that answers hooks, and resolves with what it printed first. */
async function start(args: readonly string[], home: string): Promise<string> {
  const env = { PATH: process.env["PATH"], AEGIS_GOVERNANCE_HOOK_SECRET: SECRET, AI_FIRST_HOME: home };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  return text.toString();
}

const governedBy = (url: string) => ({
  AEGIS_GOVERNANCE_HOOK_URL: url,
  AEGIS_GOVERNANCE_HOOK_SECRET: SECRET,
  AEGIS_GOVERNANCE_HOOK_TIMEOUT_MS: "10000",
});

test("Aegis governs from a process of its own: its quests as planned, and no others", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  writeFileSync(join(directory.path, "quest.yaml"), QUEST);
  const { stdout } = await runFake(["quest", "plan", "quest.yaml", "--json"], cli);
  writeFileSync(join(directory.path, "plan.json"), stdout);
  const printed = await start(
    [join(ROOT, "bin/airun.cjs"), "aegis", "serve", join(directory.path, "plan.json"), "--json"],
    join(directory.path, "served"),
  );
  const { url } = JSON.parse(printed) as { url: string };
  const env = governedBy(url);

  const run = await runFake(["quest", "run", "quest.yaml", "--json"], { ...cli, env });
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  await using runtime = await openIn(directory.path, { env });
  const [row] = runtime.ledger.runs();
  const [started] = runtime.ledger.entries({ run: row?.id ?? "", types: ["run-started"] });
  expect(started?.data.governor).toMatchObject({ kind: "http", url });
  const asked = [...runtime.ledger.entries({ run: row?.id ?? "", types: ["hook-answered"] })];
  expect(asked.map(({ data }) => [data.event, data.decision, data.failed])).toEqual([
    ["pre_execution", "ALLOW", undefined],
    ...["pre_step", "post_step", "pre_step", "post_step"].map((event) => [event, "ALLOW", undefined]),
    ["post_execution", "ALLOW", undefined],
  ]);
  const other = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "x" } });
  expect(other.failure).toMatchObject({ details: { violation: "quest.unknown" } });

  const forged = httpHooks({ kind: "http", url, timeoutMs: 10_000, failMode: "DENY" }, "another secret");
  const common = { trace_id: "t", quest_id: "q-1", workflow_id: "w", timestamp: "", runtime_version: "1" };
  expect(await forged({ event: "on_panic", ...common, action: "FREEZE", reason: "" })).toMatchObject({
    failed: "the status is 401",
  });
  // Nobody waits for thirty megabytes of somebody who does not even claim to have the secret.
  const unsigned = request(url, { method: "POST", headers: { "content-length": "30000000" } });
  unsigned.on("error", () => {}).flushHeaders();
  const [answer] = (await once(unsigned, "response")) as [IncomingMessage];
  expect([answer.statusCode, answer.headers.connection]).toEqual([401, "close"]);
});

test("a foreign governor takes the place of Aegis over HTTP", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  writeFileSync(join(directory.path, "quest.yaml"), QUEST);
  const port = await freePort();
  await start([join(ROOT, "examples/governor.ts"), String(port)], join(directory.path, "served"));
  // Its own rule: somebody must look at every deletion.
  const env = governedBy(`http://127.0.0.1:${port}/`);
  const run = await runFake(["quest", "run", "quest.yaml", "--json"], { ...cli, env });
  expect(run.exitCode).toBe(30);
  expect(JSON.parse(run.stdout).approvals).toMatchObject([{ step: "g2_delete" }]);
  expect(existsSync(join(workspaceIn(directory.path), "note.txt"))).toBe(true);
});

test("in process, a run is held to its quest in whichever process it goes on", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  const quest = `${QUEST}constraints:\n  approvals: [io.fs.delete]\n  max_cost: 2\n`;
  writeFileSync(join(directory.path, "quest.yaml"), quest);
  const paused = await runFake(["quest", "run", "quest.yaml", "--json"], cli);
  expect(paused.exitCode).toBe(30);
  await using runtime = await openIn(directory.path);
  const [row] = runtime.ledger.runs();
  const [started] = runtime.ledger.entries({ run: row?.id ?? "", types: ["run-started"] });
  expect(started?.data.governor).toMatchObject({ kind: "quest", quest: "q-1", constraints: { max_cost: 2 } });
  expect(started?.data.correlation).toEqual({ questId: "q-1", maxCost: 2 });
  const ended = await runtime.decide(row?.id ?? "", { decision: "approved", reason: "read it" });
  expect(ended.status).toBe("COMPLETED");
  const asked = [...runtime.ledger.entries({ run: row?.id ?? "", types: ["hook-answered"] })];
  expect(asked.filter(({ data }) => data.decision !== "ALLOW")).toEqual([]);
  expect(asked.length).toBeGreaterThan(5);
});

async function freePort(): Promise<number> {
  await using server = await startServer(() => {});
  return server.port;
}
