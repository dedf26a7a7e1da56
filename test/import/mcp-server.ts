import { type LocalServer, startServer } from "../local-server.ts";

type Tool = { readonly name: string; readonly [field: string]: unknown };

/** An MCP server over HTTP whose tools answer with their names, and whose maker can change them at any moment. */
export type McpServer = LocalServer & {
  readonly url: string;
  tools: readonly Tool[];
  /** The names of the tools that were called, in order. */
  readonly called: string[];
};

export async function startMcpServer(
  tools: readonly Tool[],
  onCall: (server: McpServer) => void = () => {},
): Promise<McpServer> {
  const local = await startServer((_, response) => {
    const { id, method, params } = JSON.parse(local.seen.at(-1)!.body) as {
      readonly id?: number;
      readonly method: string;
      readonly params?: { readonly name: string };
    };
    if (id === undefined) return response.writeHead(202).end();
    return response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ jsonrpc: "2.0", id, ...answer(method, params?.name ?? "") }));
  });
  const server: McpServer = { ...local, url: `http://127.0.0.1:${local.port}/mcp`, tools, called: [] };
  const answer = (method: string, tool: string): object => {
    switch (method) {
      case "initialize": {
        const serverInfo = { name: "desk", version: "1" };
        return { result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo } };
      }
      case "tools/list":
        return { result: { tools: server.tools } };
      case "tools/call":
        server.called.push(tool);
        onCall(server);
        return { result: { content: [{ type: "text", text: tool }] } };
      default:
        return { error: { code: -32601, message: "?" } };
    }
  };
  return server;
}
