import { join } from "node:path";

import { Client, type ClientCapabilities } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { programEnv } from "../home.ts";

const LAUNCHER = join(import.meta.dirname, "../../bin/airun.cjs");

/** An MCP client of somebody else's making, with `airun mcp` as its server. */
export async function connect(
  directory: string,
  name = "test-client",
  env: Readonly<Record<string, string>> = {},
  capabilities: ClientCapabilities = {},
): Promise<Client & AsyncDisposable> {
  const client = new Client({ name, version: "1.0.0" }, { capabilities });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [LAUNCHER, "mcp", "--workspace", join(directory, "workspace")],
      env: programEnv(directory, env),
      stderr: "inherit",
    }),
  );
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}
