import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { Run, StartedRun } from "../../src/contract/rest/run.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { runFake } from "../cli/run-fake.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { programEnv } from "../home.ts";

verifies("control:up");

const AIRUN = fileURLToPath(new URL("../../bin/airun.cjs", import.meta.url));

type Up = {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string | null;
  readonly pid: number;
};

async function up(directory: string, ...args: readonly string[]): Promise<Up> {
  const child = spawn(process.execPath, [AIRUN, "up", "--port", "0", "--json", ...args], {
    cwd: directory,
    env: programEnv(directory),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.endsWith("}\n")) break;
  }
  return { child, ...(JSON.parse(text) as Omit<Up, "child">) };
}

async function stop({ child }: Pick<Up, "child">, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

test("a server starts, serves, says who holds what, stops whole, and is made good after a kill", async () => {
  using directory = scratch();
  const first = await up(directory.path);
  const tokenFile = join(directory.path, "home/control-token");
  expect(first.token).toBe(readFileSync(tokenFile, "utf8").trim());
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const headers = { authorization: `Bearer ${first.token}`, "content-type": "application/json" };

  const second = await runFake(["up", "--port", "0"], { directory: directory.path });
  expect(second.stderr).toMatch(
    new RegExp(
      `^error ADDRESS_TAKEN: The workspace is served already by process ${first.child.pid} at ${first.url}\\.\nhint: Stop`,
    ),
  );
  expect(second.exitCode).not.toBe(0);
  // As of a server before it, where this one has not told its address yet.
  writeFileSync(join(directory.path, "workspace/.ai-first/up.json"), '{"pid":1,"url":"http://127.0.0.1:1"}');
  const third = await runFake(["up", "--port", "0"], { directory: directory.path });
  expect(third.stderr).toContain(`by process ${first.child.pid}, which is about to say where.`);
  const port = new URL(first.url).port;
  const elsewhere = await runFake(["up", "--port", port, "--workspace", "other"], {
    directory: directory.path,
  });
  expect(elsewhere.stderr).toContain(`The port ${port} is taken by process ${first.child.pid}`);

  const events = await fetch(`${first.url}/v1/events`, { headers });
  const body = JSON.stringify({ target: "sys.exec.run", inputs: { command: "ls", args: [] } });
  const started = await fetch(`${first.url}/v1/runs`, { method: "POST", headers, body });
  const { run } = StartedRun.parse(await started.json());
  expect(await stop(first, "SIGTERM")).toBe(0);
  await events.text();
  const ledger = join(directory.path, "workspace/.ai-first/ledger.db");
  // One of the starts that were refused, and one of the stop.
  expect(verifyLedger(ledger)).toMatchObject({ ok: true, checkpoints: 2 });

  const killed = await up(directory.path);
  expect(killed.token).toBeNull();
  await stop(killed, "SIGKILL");
  const again = await up(directory.path);
  const shown = Run.parse(await (await fetch(`${again.url}/v1/runs/${run}`, { headers })).json());
  expect(shown).toMatchObject({ status: "paused", waiting: ["call"] });
  expect(await stop(again, "SIGINT")).toBe(0);
});

test("with --demo the first start in a workspace shows a run before it serves", async () => {
  using directory = scratch();
  const start = async () => {
    const child = spawn(process.execPath, [AIRUN, "up", "--port", "0", "--demo"], {
      cwd: directory.path,
      env: programEnv(directory.path),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (/^ {2}stop/m.test(text)) break;
    }
    expect(await stop({ child }, "SIGINT")).toBe(0);
    return text;
  };
  // As a start leaves it that was killed before its run.
  await runFake(["init"], { directory: directory.path });
  expect(await start()).toMatch(/✓ completed {2}tidy_inbox[^]*✓ the ledger is whole[^]*✓ up/);
  expect(await start()).toMatch(/^✓ up/);
  const { stdout } = await runFake(["up", "--demo", "--json"], { directory: directory.path });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "USAGE" } });
});

test("an address that others reach takes a token of one's own", async () => {
  using directory = scratch();
  const { exitCode, stderr } = await runFake(["up", "--host", "0.0.0.0"], { directory: directory.path });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("AIF_RUNTIME_API_TOKEN");
  expect(existsSync(join(directory.path, "workspace"))).toBe(false);
});

test("a port that is none is refused", async () => {
  using directory = scratch();
  const { stderr } = await runFake(["up", "--port", "http"], { directory: directory.path });
  expect(stderr).toContain('--port "http"');
});
