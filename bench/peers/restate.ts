import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Http2Server } from "node:http2";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as restate from "@restatedev/restate-sdk";

import type { Engine, EngineOptions } from "../engine.ts";
import { findFreePorts } from "../free-ports.ts";
import { createWork, type Work } from "../work.ts";

const START_TIMEOUT_MS = 60_000;

/** One Restate server beside this process, which serves the handlers and calls them through the server's ingress. */
export function openRestate({ syncFiles }: EngineOptions): Engine {
  const work = createWork({ syncFiles });
  let server: ChildProcess;
  let endpoint: Http2Server;
  let ingressUrl = "";

  return {
    durability:
      "one node, replicated log on RocksDB with WAL and fsync (rocksdb-disable-wal-fsync=false, default)",
    survivesPowerCut: true,
    async start({ storage }) {
      const [node = 0, admin = 0, ingress = 0, service = 0] = await findFreePorts(4);
      ingressUrl = `http://127.0.0.1:${ingress}`;
      endpoint = createServer(restate.createEndpointHandler({ services: [serviceOf(work)] })).listen(
        service,
        "127.0.0.1",
      );
      await once(endpoint, "listening");
      server = startServer(storage, { node, admin, ingress });
      const adminUrl = `http://127.0.0.1:${admin}`;
      await untilOk(`${adminUrl}/health`, server);
      await post(`${adminUrl}/deployments`, { uri: `http://127.0.0.1:${service}` });
      await untilOk(`${ingressUrl}/restate/health`, server);
    },
    async runOne(index, directory) {
      return (await post(`${ingressUrl}/load_test_quick/run`, { runId: `r${index}`, directory })) as string;
    },
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGTERM");
      const killer = setTimeout(() => server.kill("SIGKILL"), 20_000);
      await exited;
      clearTimeout(killer);
      endpoint.close();
    },
  };
}

function serviceOf(work: Work) {
  return restate.service({
    name: "load_test_quick",
    handlers: {
      run: async (context: restate.Context, { runId, directory }: { runId: string; directory: string }) => {
        const timestamp = await context.run("get_time", () => work.getTime());
        const content = await context.run("render_content", () => work.render(runId, timestamp));
        await context.run("write_file", () => work.write(directory, content));
        return context.run("hash_file", () => work.hash(directory));
      },
    },
  });
}

type Ports = { readonly node: number; readonly admin: number; readonly ingress: number };

function startServer(storage: string, ports: Ports): ChildProcess {
  const config = join(storage, "restate.toml");
  const top = `node-name = "bench"\nbase-dir = ${JSON.stringify(join(storage, "restate"))}\nlisten-mode = "tcp"\nlog-filter = "error,octocrab=off"\n`;
  writeFileSync(
    config,
    `${top}${listenOn(ports.node)}[admin]\n${listenOn(ports.admin)}[ingress]\n${listenOn(ports.ingress)}`,
  );
  const args = ["--no-logo", "--config-file", config];
  return spawn(findBinary(), args, { stdio: ["ignore", "ignore", "inherit"] });
}

function listenOn(port: number): string {
  return `bind-ip = "127.0.0.1"\nbind-port = ${port}\n`;
}

function findBinary(): string {
  const require = createRequire(import.meta.url);
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  return join(require.resolve(`${name}/package.json`), "..", "bin", "restate-server");
}

async function untilOk(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`restate-server ended with ${server.exitCode}.`);
    const ok = await fetch(url).then(
      ({ ok: isOk }) => isOk,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new Error(`restate-server did not answer at ${url}.`);
    await sleep(100);
  }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
