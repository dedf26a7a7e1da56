import { serveStdio } from "@modelcontextprotocol/server/stdio";

import { createMcpServer, type Desk } from "./server.ts";

/** Serves one client over this process's standard input and output, until it closes them. */
export async function serveOverStdio(desk: Desk, onError: (error: Error) => void): Promise<void> {
  const handle = serveStdio(() => createMcpServer(desk), { onerror: onError });
  await new Promise<void>((resolve) => process.stdin.once("close", resolve).once("end", resolve));
  await handle.close();
}
