import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Client, type ClientCapabilities, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

import { listen } from "../../src/control/listen.ts";
import { openControl } from "../../src/serve.ts";
import { scratch } from "../scratch.ts";

export const MODERN = "2026-07-28";
export const LEGACY = "2025-11-25";
export type Revision = typeof MODERN | typeof LEGACY;

type Options = Pick<Parameters<typeof openControl>[0], "capabilities" | "sources" | "holdMs"> & {
  readonly env?: Readonly<Record<string, string>>;
  /** More assets, by their path; the others are those of the package. */
  readonly assets?: Readonly<Record<string, string>>;
  readonly directory?: ReturnType<typeof scratch>;
};

export type ClientOptions = {
  readonly name?: string;
  readonly revision?: Revision;
  readonly capabilities?: ClientCapabilities;
  readonly token?: string;
};

/** Mission Control at a port of its own, with clients of somebody else's making. */
export async function openSite({ env = {}, assets, directory = scratch(), ...embedded }: Options = {}) {
  const faults: unknown[] = [];
  const home = join(directory.path, "home");
  const workspace = join(directory.path, "workspace");
  const control = await openControl({
    workspace,
    env: {
      AI_FIRST_HOME: home,
      ...(assets === undefined ? {} : { AI_FIRST_ASSETS_DIR: assetsIn(directory.path, assets) }),
      ...env,
    },
    host: "127.0.0.1",
    port: 0,
    onFault: (error) => faults.push(error),
    ...embedded,
  });
  const listening = await listen((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 });
  control.setPort(listening.port);
  const url = `http://127.0.0.1:${listening.port}`;
  const agent = control.mcpToken.token;
  const clients: Client[] = [];

  const connect = async (options: ClientOptions = {}): Promise<Client> => {
    const { name = "test-client", revision = MODERN, capabilities = {}, token = agent } = options;
    const client = new Client(
      { name, version: "1.0.0" },
      {
        capabilities,
        versionNegotiation: { mode: revision === MODERN ? { pin: MODERN } : "legacy" },
      },
    );
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }),
    );
    clients.push(client);
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close().catch(() => {})));
    control.endStreams();
    await listening.close(100);
    await control[Symbol.asyncDispose]();
  };
  return {
    control,
    runtime: control.station.runtime,
    directory,
    home,
    workspace,
    url,
    faults,
    agent,
    connect,
    /** A request as no client would send it. */
    send: (init: RequestInit & { readonly path?: string }) => fetch(`${url}${init.path ?? "/mcp"}`, init),
    /** Leaves the files as they are. */
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
      directory[Symbol.dispose]();
    },
  };
}
export type Site = Awaited<ReturnType<typeof openSite>>;

function assetsIn(directory: string, more: Readonly<Record<string, string>>): string {
  const assets = join(directory, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  for (const [path, text] of Object.entries(more)) {
    mkdirSync(dirname(join(assets, path)), { recursive: true });
    writeFileSync(join(assets, path), text);
  }
  return assets;
}

/** One request of the newest revision, by hand. */
export function message(
  method: string,
  params: Record<string, unknown> = {},
  more: { readonly id?: unknown; readonly capabilities?: ClientCapabilities; readonly name?: string } = {},
) {
  const { id = 1, capabilities = {}, name = "by-hand" } = more;
  return {
    jsonrpc: "2.0",
    id,
    method,
    params: {
      ...params,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { name, version: "1" },
        "io.modelcontextprotocol/clientCapabilities": capabilities,
        ...(params["_meta"] as object | undefined),
      },
    },
  };
}

/** The headers that go with it. */
export function headersFor(
  site: Pick<Site, "agent">,
  { method, params }: { readonly method: string; readonly params: Readonly<Record<string, unknown>> },
): Record<string, string> {
  const name = params[method === "resources/read" ? "uri" : method.startsWith("tasks/") ? "taskId" : "name"];
  return {
    authorization: `Bearer ${site.agent}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
  };
}

export type Told = {
  readonly status: number;
  readonly result?: {
    readonly resultType?: string;
    readonly isError?: boolean;
    readonly requestState?: string;
    readonly inputRequests?: Readonly<Record<string, { readonly params: Readonly<Record<string, unknown>> }>>;
    readonly content?: unknown;
    readonly [field: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string };
};

/** Sends one request of the newest revision, and reads what comes of it. */
export async function rpc(
  site: Pick<Site, "agent" | "send">,
  method: string,
  params: Record<string, unknown>,
  more: Parameters<typeof message>[2] & { readonly token?: string; readonly signal?: AbortSignal } = {},
): Promise<Told> {
  const { token = site.agent, signal, ...rest } = more;
  const body = message(method, params, rest);
  const response = await site.send({
    method: "POST",
    headers: headersFor({ agent: token }, body),
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const [, data = text] = /^data: (\{.*"(?:result|error)".*\})$/m.exec(text) ?? [];
  return { status: response.status, ...(JSON.parse(data) as Omit<Told, "status">) };
}
