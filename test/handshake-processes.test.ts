import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { localPrincipal } from "../src/kernel/home.ts";
import { enforce, YES } from "./handshake-site.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { startServer } from "./local-server.ts";
import { write } from "./plan-fixture.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { programEnv } from "./home.ts";

verifies("governance:handshake", "workflow:recovery");

const AIRUN = join(import.meta.dirname, "../bin/airun.cjs");

// A governor wants to look before anything is written over kept.txt, and before the network is reached.
const POLICIES = {
  permit: "permit (principal, action, resource);",
  ask: `@reason("somebody looks first") forbid (principal, action == Action::"run", resource)
    when { context.paths.contains("kept.txt") || resource.effects.contains("network_read") } unless { context.confirmed };`,
};

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A home whose constitution asks, a workspace with a file, and the command line as processes of their own. */
async function prepare(directory: string, steps: readonly object[]) {
  const workspace = workspaceIn(directory);
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, "kept.txt"), "before\n");
  const flow = join(directory, "flow.json");
  const head = { name: "flow", version: "1.0.0", description: "A test.", metadata: { owner: "test" } };
  writeFileSync(flow, JSON.stringify({ ...head, steps }));
  await using runtime = await openIn(directory, { principal: localPrincipal("cli", {}) });
  await enforce(runtime, { policies: POLICIES });
  const env = programEnv(directory);
  const start = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess =>
    spawn(process.execPath, [AIRUN, ...argv, "--workspace", workspace], { env: { ...env, ...more } });
  const airun = async (...argv: readonly string[]): Promise<Ran> => {
    const child = start(argv);
    const written = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => void (written.stdout += String(chunk)));
    child.stderr?.on("data", (chunk: Buffer) => void (written.stderr += String(chunk)));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...written };
  };
  return { workspace, flow, start, airun, before: snapshot(workspace) };
}

function readKept(workspace: string): string {
  return readFileSync(join(workspace, "kept.txt"), "utf8");
}

const STEPS = [
  write("first", "first.txt", "1\n"),
  write("over", "kept.txt", "after\n"),
  write("last", "last.txt", "3\n"),
];

async function waitingIn(directory: string) {
  await using runtime = await openIn(directory);
  const [approval, ...others] = runtime.approvals();
  if (approval === undefined || others.length > 0) throw new Error(`${others.length + 1} approvals`);
  return approval;
}

test.for(oneIn(3, ["approve", "reject", "revoke"] as const))(
  "paused by governance in one process; %s in another",
  async (command) => {
    using directory = scratch();
    const site = await prepare(directory.path, STEPS);
    const first = await site.airun("run", site.flow);
    expect(first.code, first.stderr).toBe(30);
    expect(first.stdout).toContain("  │     -before\n  │     +after");
    const { id } = await waitingIn(directory.path);
    expect(readKept(site.workspace)).toBe("before\n");

    const second = await site.airun(command, id.slice(0, 8), "--reason", "looked");
    expect(second.code, second.stderr).toBe(0);
    if (command === "approve") {
      expect(readKept(site.workspace)).toBe("after\n");
      expect(readFileSync(join(site.workspace, "last.txt"), "utf8")).toBe("3\n");
    } else expect(snapshot(site.workspace)).toEqual(site.before);
    expect(verifyIn(directory.path).ok).toBe(true);
  },
);

test("who answered died before the run went on: recovery goes on, and the step runs once", async () => {
  using directory = scratch();
  const site = await prepare(directory.path, STEPS);
  await site.airun("run", site.flow);
  const { id, run } = await waitingIn(directory.path);
  const runtime = await openIn(directory.path, { principal: localPrincipal("cli", {}) });
  const { decision, reason } = YES;
  const by = localPrincipal("cli", {});
  const data = { approval: id, decision, reason };
  await runtime.ledger.append(by, { type: "approval-decided", run, step: "over", data });
  await runtime.close();
  expect(readKept(site.workspace)).toBe("before\n");
  const { code, stderr } = await site.airun("recover");
  expect(code, stderr).toBe(0);
  expect(readKept(site.workspace)).toBe("after\n");
  await using reader = await openIn(directory.path);
  const intents = [...reader.ledger.entries({ run, types: ["step-intended"] })];
  expect(intents.filter(({ step }) => step === "over")).toHaveLength(1);
  expect(reader.approval(id).state).toBe("used");
});

test.for(
  oneIn(2, [
    ["approve", []],
    ["cancel", ["--rollback"]],
  ] as const),
)(
  "SIGKILL in the middle of a step that was approved: what was used is asked for again; %s",
  async ([command, more]) => {
    using directory = scratch();
    let isQuick = false;
    await using server = await startServer((_, response) => void (isQuick && response.end("{}")));
    const url = `http://127.0.0.1:${server.port}/`;
    const site = await prepare(directory.path, [
      write("first", "first.txt", "1\n"),
      { name: "fetch", capability_name: "net.http.get", inputs: { url } },
      write("last", "last.txt", "3\n"),
    ]);
    const env = { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${server.port}` };
    const ran = once(site.start(["run", site.flow], env), "close");
    expect((await ran)[0]).toBe(30);
    const asked = await waitingIn(directory.path);
    const doomed = site.start(["approve", asked.id], env);
    while (server.seen.length === 0) await sleep(10);
    doomed.kill("SIGKILL");
    await once(doomed, "close");
    isQuick = true;

    const [recovered] = (await once(site.start(["recover"], env), "close")) as [number];
    expect(recovered).toBe(30);
    const again = await waitingIn(directory.path);
    expect(again.id).not.toBe(asked.id);
    const [exit] = (await once(
      site.start([command, command === "approve" ? again.id : again.run, ...more], env),
      "close",
    )) as [number];
    expect(exit).toBe(0);
    if (command === "cancel") expect(snapshot(site.workspace)).toEqual(site.before);
    else expect(readFileSync(join(site.workspace, "last.txt"), "utf8")).toBe("3\n");
    expect(server.seen).toHaveLength(command === "approve" ? 2 : 1);
  },
);
