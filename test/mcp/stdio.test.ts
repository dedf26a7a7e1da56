import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
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
const write = (client: Client, path: string) => call(client, "io.fs.write_file", { path, content: "hi" });

test("a client lists the tools and calls one, as an agent of its name; its run is in the ledger", async () => {
  using directory = scratch();
  let run = "";
  {
    await using client = await connect(directory.path);
    const { tools } = await client.listTools();
    const annotations = tools.find(({ name }) => name === "io.fs.write_file")?.annotations;
    expect(annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false, openWorldHint: false });
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["tidy-inbox", "undo"]));
    expect(tools.map(({ name }) => name)).not.toContain("sys.exec.run");

    const result = await write(client, "note.txt");
    expect(result).toMatchObject({ structuredContent: { bytes_written: 2, success: true } });
    run = String(result._meta?.["airun/run"]);
    expect(readFileSync(join(directory.path, "workspace/note.txt"), "utf8")).toBe("hi");
  }
  await using runtime = await openIn(directory.path);
  const [started] = runtime.ledger.entries({ run, types: ["run-started"] });
  expect(runtime.ledger.object(started?.by ?? "")).toMatchObject({ agent: "test-client", service: "mcp" });
});

test("what is refused, unknown or nobody's tool changes nothing, and says why", async () => {
  using directory = scratch();
  await using client = await connect(directory.path);
  const refused = await call(client, "io.fs.read_file", { path: "../home/home.db" });
  expect([refused.isError, JSON.stringify(refused.content)]).toEqual([
    true,
    expect.stringContaining("PATH_REFUSED"),
  ]);
  const wrong = await call(client, "io.fs.write_file", { path: "a", contents: "x" });
  expect(JSON.stringify(wrong.content)).toContain("INPUT_INVALID");
  await expect(call(client, "sys.exec.run", { command: "ls" })).rejects.toThrow(/There is no tool/);
});

test("undo takes back an agent's own call, and no one else's", async () => {
  using directory = scratch();
  await using client = await connect(directory.path);
  const { _meta } = await write(client, "note.txt");
  const run = String(_meta?.["airun/run"]);
  {
    await using other = await connect(directory.path, "another-client");
    const refused = await call(other, "undo", { run });
    expect(JSON.stringify(refused.content)).toContain("RUN_UNKNOWN");
  }
  expect(existsSync(join(directory.path, "workspace/note.txt"))).toBe(true);
  expect(await call(client, "undo", { run })).toMatchObject({
    structuredContent: { run, status: "ROLLED_BACK" },
  });
  expect(existsSync(join(directory.path, "workspace/note.txt"))).toBe(false);
});

const FACADE = `
name: gated
version: 1.0.0
description: Writes a file, asks, and writes another.
triggers: [write both]
routes: { primary: { type: workflow, ref: load_test_paused } }
state: ACTIVE
`;

test("a call that waits for a human says what is asked; an agent's yes counts for nothing, a human's does", async () => {
  using directory = scratch();
  const assets = join(directory.path, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  writeFileSync(join(assets, "specs/facades/gated.yaml"), FACADE);
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
  while (runtime.show(run).endedAt === null) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runtime.show(run).status).toBe("COMPLETED");
  expect(existsSync(join(directory.path, "workspace/after_pause.txt"))).toBe(true);
});
