import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { getRequestListener } from "@hono/node-server";

import { fromSystem, RuntimeError } from "../contract/errors.ts";

export type Fetch = (request: Request) => Response | Promise<Response>;

export type Listening = {
  readonly port: number;
  /** Ends what is open: idle connections at once, others when they are answered, all of them after `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
};

// Slow senders of headers and bodies are cut off; a stream to a reader has no such limit.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
};

/** Serves an application at an address. @throws ADDRESS_TAKEN naming who holds the port; OS_PERMISSION */
export async function listen(
  fetch: Fetch,
  { host, port }: { readonly host: string; readonly port: number },
  holderOf: (port: number) => string | undefined = () => undefined,
): Promise<Listening> {
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer(LIMITS, (request, response) => void answer(request, response));
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw unlistenable(error, host, port, holderOf);
  }
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) };
}

function unlistenable(
  error: unknown,
  host: string,
  port: number,
  holderOf: (port: number) => string | undefined,
): RuntimeError {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  if (!isTaken) return fromSystem(error, `The address ${host}:${port}`);
  const holder = holderOf(port);
  return new RuntimeError(
    "ADDRESS_TAKEN",
    `The port ${port} is taken${holder === undefined ? "" : ` by ${holder}`}.`,
    { cause: error },
  );
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
