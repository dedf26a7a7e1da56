import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import type { Client } from "@modelcontextprotocol/client";
import { expect, test } from "vitest";

import { openGovernance } from "../../src/governance/governance.ts";
import { openIn } from "../installation.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { connect } from "./connect.ts";

verifies("mcp:tools");

const call = (client: Client, name: string, args: Record<string, unknown>) =>
  client.callTool({ name, arguments: args });

test("a client lists the tools, calls one as an agent of its name, and takes back what it did", async () => {
  using directory = scratch();
  const note = join(directory.path, "workspace/note.txt");
  let run = "";
  {
    await using client = await connect(directory.path);
    const { tools } = await client.listTools();
    const annotations = tools.find(({ name }) => name === "io.fs.write_file")?.annotations;
    expect(annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false, openWorldHint: false });
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["tidy-inbox", "undo"]));
    expect(tools.map(({ name }) => name)).not.toContain("sys.exec.run");

    const refused = await call(client, "io.fs.read_file", { path: "../home/home.db" });
    expect([refused.isError, JSON.stringify(refused.content)]).toEqual([
      true,
      expect.stringContaining("PATH_REFUSED"),
    ]);
    await expect(call(client, "sys.exec.run", { command: "ls" })).rejects.toThrow(/There is no tool/);

    const result = await call(client, "io.fs.write_file", { path: "note.txt", content: "hi" });
    expect(result).toMatchObject({ structuredContent: { bytes_written: 2, success: true } });
    run = String(result._meta?.["airun/run"]);
    expect(readFileSync(note, "utf8")).toBe("hi");
    expect(await call(client, "undo", { run })).toMatchObject({
      structuredContent: { run, status: "ROLLED_BACK" },
    });
    expect(existsSync(note)).toBe(false);
  }
  await using runtime = await openIn(directory.path);
  const [started] = runtime.ledger.entries({ run, types: ["run-started"] });
  expect(runtime.ledger.object(started?.by ?? "")).toMatchObject({ agent: "test-client", service: "mcp" });
});

const facade = (name: string, workflow: string) => `
name: ${name}
version: 1.0.0
description: A test.
triggers: [do ${name}]
routes: { primary: { type: workflow, ref: ${workflow} } }
state: ACTIVE
`;

test("a call that waits for a human says what is asked; an agent's yes counts for nothing, a human's does", async () => {
  using directory = scratch();
  const assets = join(directory.path, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  writeFileSync(join(assets, "specs/facades/gated.yaml"), facade("gated", "load_test_paused"));
  const env = { AI_FIRST_ASSETS_DIR: assets, AI_FIRST_HOME: join(directory.path, "home") };
  await using client = await connect(directory.path, "claude", env);
  const waits = await call(client, "gated", {});
  const [content] = waits.content as { text: string }[];
  const { run, waitsFor } = JSON.parse(content?.text ?? "") as {
    run: string;
    waitsFor: { approval: string }[];
  };
  expect([waits.isError, waitsFor]).toEqual([
    true,
    [expect.objectContaining({ question: expect.any(String) })],
  ]);
  expect(existsSync(join(directory.path, "workspace/after_pause.txt"))).toBe(false);

  const approval = waitsFor[0]?.approval ?? "";
  const yes = { decision: "approved", reason: "fine" } as const;
  await using runtime = await openIn(directory.path, { env });
  const [human = ""] = openGovernance(runtime.homeLedger).state().principals.keys();
  const person = { human, agent: "", session: "s", service: "cli", scopes: ["local"] };
  await expect(runtime.answerApproval(approval, yes, { ...person, agent: "claude" })).rejects.toMatchObject({
    code: "DENIED",
  });
  await runtime.answerApproval(approval, yes, person);
  const ended = await call(client, "result", { run, wait_seconds: 30 });
  expect(ended).toMatchObject({ structuredContent: { run } });
  expect(existsSync(join(directory.path, "workspace/after_pause.txt"))).toBe(true);
});

const SLOW_PACK = `
pack_id: pack.slow
name: slow
version: 1.0.0
description: Writes a file, and waits for a server that never answers.
state: ACTIVE
includes: { capabilities: [], workflows: [slow] }
risk_profile: { max_risk: MEDIUM, justification: a test }
`;
const slowWorkflow = (port: number) => `
workflow_id: slow
name: slow
version: 1.0.0
description: Writes a file, and waits for a server that never answers.
metadata: { owner: test }
steps:
  - { name: write, capability_name: io.fs.write_file, inputs: { path: half.txt, content: half } }
  - { name: wait, capability_name: net.http.get, depends_on: [write], inputs: { url: "http://127.0.0.1:${port}/" } }
`;

test("a form is answered over stdio; a client that goes in the middle of a call leaves nothing half done", async () => {
  using directory = scratch();
  const reached = Promise.withResolvers<void>();
  const silent = createServer(() => reached.resolve()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const assets = join(directory.path, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  mkdirSync(join(assets, "packs/slow"));
  writeFileSync(join(assets, "packs/slow/pack.yaml"), SLOW_PACK);
  writeFileSync(join(assets, "packs/slow/slow.yaml"), slowWorkflow(port));
  writeFileSync(join(assets, "specs/facades/gated.yaml"), facade("gated", "load_test_paused"));
  writeFileSync(join(assets, "specs/facades/slow.yaml"), facade("slow", "slow"));
  const env = { AI_FIRST_ASSETS_DIR: assets, AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` };
  const client = await connect(directory.path, "claude", env, { elicitation: { form: {} } });
  const questions: string[] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    questions.push(params.message);
    return { action: "accept", content: { confirm: true } };
  });
  const gated = await call(client, "gated", {});
  expect(gated.isError ?? false).toBe(false);
  expect(questions).toHaveLength(1);
  expect(existsSync(join(directory.path, "workspace/after_pause.txt"))).toBe(true);

  const half = join(directory.path, "workspace/half.txt");
  const lost = call(client, "slow", {}).catch(() => null);
  await reached.promise;
  expect(existsSync(half)).toBe(true);
  await client.close();
  await lost;
  silent.closeAllConnections();
  silent.close();
  // The process took it back before it ended; nobody has to recover anything.
  expect(existsSync(half)).toBe(false);
});
