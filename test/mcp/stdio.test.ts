import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";

import { openIn } from "../installation.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";

verifies("mcp:tools");

const LAUNCHER = join(import.meta.dirname, "../../bin/airun.js");

/** An MCP client of somebody else's making, with `airun mcp` as its server. */
async function connect(directory: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: "test-client", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [LAUNCHER, "mcp", "--workspace", join(directory, "workspace")],
      env: { AI_FIRST_HOME: join(directory, "home"), PATH: process.env["PATH"] ?? "" },
      stderr: "inherit",
    }),
  );
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

test("a client lists the tools, calls one, and what it did is in the ledger and can be undone", async () => {
  using directory = scratch();
  const file = join(directory.path, "workspace/note.txt");
  let run = "";
  {
    await using client = await connect(directory.path);
    const { tools } = await client.listTools();
    const write = tools.find(({ name }) => name === "io.fs.write_file");
    expect(write?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false });
    expect(tools.map(({ name }) => name)).not.toContain("sys.exec.run");

    const result = await client.callTool({
      name: "io.fs.write_file",
      arguments: { path: "note.txt", content: "hi" },
    });
    expect(result).toMatchObject({ structuredContent: { bytes_written: 2, success: true } });
    run = String(result._meta?.["airun/run"]);
    expect(readFileSync(file, "utf8")).toBe("hi");

    const refused = await client.callTool({
      name: "io.fs.read_file",
      arguments: { path: "../home/home.db" },
    });
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain("PATH_REFUSED");
    await expect(client.callTool({ name: "sys.exec.run", arguments: { command: "ls" } })).rejects.toThrow(
      /There is no tool/,
    );
  }
  await using runtime = await openIn(directory.path);
  const [started] = runtime.ledger.entries({ run, types: ["run-started"] });
  expect(runtime.ledger.object(started?.by ?? "")).toMatchObject({ agent: "mcp", service: "mcp" });
  expect((await runtime.undo(run)).status).toBe("ROLLED_BACK");
  expect(existsSync(file)).toBe(false);
});
