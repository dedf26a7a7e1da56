import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { homeIn } from "../../test/home.ts";
import { scratch } from "../../test/scratch.ts";
import { createRuntime } from "../main.ts";
import { runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const SPEC = {
  id: "test.wait.a_while",
  version: "1.0.0",
  name: "Wait",
  description: "Waits until the file `go` lies in the workspace.",
  operation: "READ",
  risk: { level: "LOW", justification: "Reads." },
  side_effects: ["filesystem_read"],
  undo: { kind: "none" },
  inputs: { type: "object", properties: {}, additionalProperties: false },
  outputs: { type: "object", properties: {}, additionalProperties: false },
};

const source = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** A program whose runtime has a capability that waits for a file. */
const PROGRAM = `
import { createProcessIo } from ${source("./process-io.ts")};
import { runCli } from ${source("./program.ts")};
import { createRuntime } from ${source("../main.ts")};
const wait = {
  spec: ${JSON.stringify(SPEC)},
  handler: async (ctx) => {
    process.stderr.write("step begins\\n");
    while ((await ctx.fs.stat("go")) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    return {};
  },
};
const open = (options) => createRuntime({ ...options, capabilities: [wait] });
process.exitCode = await runCli(process.argv.slice(2), createProcessIo({ openRuntime: open, openRegistry: () => {} }));
`;

const WORKFLOW = {
  name: "slow",
  version: "1.0.0",
  description: "Waits, then tells the time.",
  metadata: { owner: "test" },
  steps: [
    { name: "wait", capability_name: SPEC.id },
    { name: "time", capability_name: "sys.info.get_time" },
  ],
};

function startSlowRun(directory: string) {
  writeFileSync(join(directory, "program.ts"), PROGRAM);
  writeFileSync(join(directory, "slow.json"), JSON.stringify(WORKFLOW));
  const env = { ...process.env, AI_FIRST_HOME: homeIn(directory) };
  const child = spawn(process.execPath, ["program.ts", "run", "slow.json"], { cwd: directory, env });
  const written = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void (written.text += String(chunk)));
  const told = async (text: string) => {
    while (!written.text.includes(text)) {
      if (child.exitCode !== null) throw new Error(`The program ended: ${written.text}`);
      await setTimeout(20);
    }
  };
  return { child, written, told };
}

test("SIGINT lets the step under way finish, pauses the run, and tells how to go on", async () => {
  using directory = scratch();
  const { child, written, told } = startSlowRun(directory.path);
  await told("step begins");
  child.kill("SIGINT");
  child.kill("SIGINT");
  await told("Pausing when the steps under way are done.");
  writeFileSync(join(directory.path, "workspace/go"), "");
  expect(await once(child, "close")).toEqual([30, null]);
  expect(written.text).toMatch(
    /✓ wait [^]*‖ paused {2}slow[^]*Paused: interrupted at the terminal\n {2}go on: {6}airun resume /,
  );
  expect(written.text).not.toContain("✓ time");
  const resumed = await runFake(["resume", "last"], { directory: directory.path });
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/✓ time [^]*✓ completed {2}slow/);
});

test("after a second SIGINT, which ends the process at once, the run can go on", async () => {
  using directory = scratch();
  const { child, written, told } = startSlowRun(directory.path);
  await told("step begins");
  child.kill("SIGINT");
  await told("Pausing");
  await setTimeout(400);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([16, null]);
  const [, command = ""] = /Stopped at once\. To go on: +airun (.*)\n/.exec(written.text) ?? [];
  const resumed = await finish(directory.path, ...command.split(" "));
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/! wait was interrupted: repeatable\n[^]*✓ completed {2}slow/);
});

test("after SIGKILL doctor names the run, and recover finishes it", async () => {
  using directory = scratch();
  await killInTheStep(directory.path);
  const { stdout } = await runFake(["doctor", "--json"], { directory: directory.path });
  const { checks } = JSON.parse(stdout) as { checks: { name: string }[] };
  expect(checks.find(({ name }) => name === "runs")).toMatchObject({
    status: "warning",
    fix: "airun recover",
  });
  const recovered = await finish(directory.path, "recover");
  expect(recovered.exitCode, recovered.stderr).toBe(0);
  expect(recovered.stdout).toMatch(/✓ time [^]*Recovered 1 run\.[^]*✓ completed {2}slow/);
});

test("after SIGKILL the run can be resumed by name", async () => {
  using directory = scratch();
  await killInTheStep(directory.path);
  const resumed = await finish(directory.path, "resume", "last");
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/! wait was interrupted: repeatable\n[^]*✓ completed {2}slow/);
});

async function killInTheStep(directory: string): Promise<void> {
  const { child, told } = startSlowRun(directory);
  await told("step begins");
  await begun(directory);
  child.kill("SIGKILL");
  expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
}

/** A step without effects begins before its intent is on the disk: killed then, the run never happened. */
async function begun(directory: string): Promise<void> {
  for (let runs: unknown[] = []; runs.length === 0; await setTimeout(20))
    runs = JSON.parse((await runFake(["runs", "--json"], { directory })).stdout) as unknown[];
}

/** Runs a command in this process, where the slow capability has nothing to wait for. */
function finish(directory: string, ...argv: readonly string[]) {
  const quick = { spec: SPEC, handler: () => Promise.resolve({}) };
  return runFake(argv, {
    directory,
    openRuntime: (options) => createRuntime({ ...options, capabilities: [quick] }),
  });
}
