import { ProtocolError, ProtocolErrorCode, Server } from "@modelcontextprotocol/server";

import type { Runtime } from "../workflow/runtime.ts";
import { callTool } from "./call-tool.ts";
import { toolOf } from "./tool.ts";

/** What one connection, or one request, may work with: the runtime for one principal. */
export type Desk = Pick<Runtime, "offers" | "start" | "cancel">;

const INSTRUCTIONS =
  "Each tool call is checked against a contract and a constitution, recorded before it acts, and can be undone. A call that needs a human's approval waits for it.";

/** An MCP server whose tools are what its principal may ask for. */
export function createMcpServer(desk: Desk, version: string): Server {
  const server = new Server(
    { name: "ai-first-runtime", version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler("tools/list", async () => ({ tools: (await desk.offers()).map(toolOf) }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq: { signal } }) => {
    const offer = (await desk.offers()).find(({ name }) => name === params.name);
    // The same for what does not exist, what is not ACTIVE and what is somebody else's.
    if (offer === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool "${params.name.slice(0, 100)}".`,
      );
    const result = await callTool(desk, offer, params.arguments ?? {}, signal);
    return server.projectCallToolResult(result, toolOf(offer).outputSchema);
  });
  return server;
}
