import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { getRequestListener } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

// One tool and nothing else: no token, no policy, no ledger. What is left is the protocol and HTTP.
const handler = createMcpHandler(
  () => {
    const server = new McpServer({ name: "bare", version: "1.0.0" });
    server.registerTool(
      "sys.info.get_time",
      {
        description: "Tells the time.",
        inputSchema: z.object({}),
        outputSchema: z.object({ timestamp: z.string() }),
      },
      () => {
        const timestamp = new Date().toISOString();
        return { content: [{ type: "text", text: timestamp }], structuredContent: { timestamp } };
      },
    );
    return server;
  },
  { legacy: "reject" },
);
const listener = getRequestListener((request) => handler.fetch(request), { overrideGlobalObjects: false });
const server = createServer((request, response) => void listener(request, response));
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.once("SIGTERM", () => process.exit(0));
