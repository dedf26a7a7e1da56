import { ProtocolError, ProtocolErrorCode, Server } from "@modelcontextprotocol/server";

import type { Principal } from "../contract/principal.ts";
import { visible } from "../contract/visible.ts";
import type { Station } from "../operate/station.ts";
import { callTool } from "./call-tool.ts";
import { toolOf } from "./tool.ts";
import { callUndo, UNDO_TOOL } from "./undo-tool.ts";

/** What clients are served from, and on whose behalf. */
export type Desk = {
  readonly station: Pick<Station, "runtime" | "panelFor">;
  /** Who acts; an assistant that says what it is called acts under that name. */
  readonly principal: Principal;
  readonly version: string;
};

const INSTRUCTIONS =
  "Each tool call is checked against a contract and a constitution, recorded before it acts, and can be undone with the tool undo. A call that needs a human's approval waits for it.";
const UNNAMED_AGENT = "mcp";
const MAX_NAME = 64;

/** An MCP server whose tools are what its principal may ask for, and a way back. */
export function createMcpServer({ station, principal, version }: Desk): Server {
  const server = new Server(
    { name: "ai-first-runtime", version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  const whoAsks = (): Principal => ({
    ...principal,
    agent: principal.agent || agentName(server.getClientVersion()?.name),
  });
  server.setRequestHandler("tools/list", async () => {
    const offers = await station.panelFor(whoAsks()).offers();
    return { tools: [...offers.map(toolOf), UNDO_TOOL] };
  });
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq: { signal } }) => {
    const caller = whoAsks();
    const panel = station.panelFor(caller);
    if (params.name === UNDO_TOOL.name)
      return await callUndo(panel, station.runtime.ledger, caller, params.arguments);
    const offer = (await panel.offers()).find(({ name }) => name === params.name);
    // The same for what does not exist, what is not ACTIVE and what is somebody else's.
    if (offer === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool "${params.name.slice(0, 100)}".`,
      );
    const result = await callTool(panel, offer, params.arguments ?? {}, signal);
    return server.projectCallToolResult(result, toolOf(offer).outputSchema);
  });
  return server;
}

/** A client may call itself what it likes: it stays an agent, whose yes counts for nothing, and is shown as it is. */
function agentName(given: string | undefined): string {
  const name = visible((given ?? "").trim()).slice(0, MAX_NAME);
  return name === "" ? UNNAMED_AGENT : name;
}
