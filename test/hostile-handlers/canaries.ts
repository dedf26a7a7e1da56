import { createSocket } from "node:dgram";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { snapshot } from "../snapshot.ts";
import type { Canary } from "./hostile-handler.ts";

/** What nobody's code may read: the content of a file, and a variable of this process. */
export const SECRET = "canary-6f1d";

export type Canaries = Disposable & {
  readonly canary: Canary;
  /** What is not any more as it was, or was reached; empty where all is well. */
  readonly disturbed: () => readonly string[];
};

/** What lies around the workspaces and must stay as it is: a directory, listeners of three kinds, this process itself. */
export async function openCanaries(path: string): Promise<Canaries> {
  const knocks: string[] = [];
  const directory = join(path, "canary");
  mkdirSync(directory);
  writeFileSync(join(directory, "secret.txt"), SECRET);
  writeFileSync(join(directory, "secret.mjs"), "");
  const socket = join(path, "canary.sock");
  const tcp = await listen(
    (server) => server.listen(0, "127.0.0.1"),
    () => knocks.push("tcp"),
  );
  const unix = await listen(
    (server) => server.listen(socket),
    () => knocks.push("unix"),
  );
  const udp = createSocket("udp4").on("message", () => knocks.push("udp"));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  process.env["CANARY_TOKEN"] = SECRET;
  const look = () => ({
    files: snapshot(directory, { times: true }).join("\n"),
    environment: JSON.stringify(process.env),
    cwd: process.cwd(),
    umask: process.umask(),
  });
  const before = look();

  return {
    canary: { directory, tcp: (tcp.address() as { port: number }).port, udp: udp.address().port, socket },
    disturbed() {
      const after = look();
      const changed = (Object.keys(before) as (keyof typeof before)[]).filter(
        (name) => before[name] !== after[name],
      );
      return [...knocks.map((each) => `${each} was reached`), ...changed.map((each) => `${each} changed`)];
    },
    [Symbol.dispose]() {
      delete process.env["CANARY_TOKEN"];
      for (const server of [tcp, unix]) server.close();
      udp.close();
    },
  };
}

const PATIENCE_MS = 30_000;

/**
 * Processes that run our Node as in a sandbox, wherever they hang, and stay. Those of other tests that run at this
 * moment end after a while; what a hostile program leaves behind does not.
 */
export async function processesLeft(): Promise<readonly string[]> {
  let left = sandboxed();
  for (const end = Date.now() + PATIENCE_MS; left.size > 0 && Date.now() < end; await sleep(100)) {
    const now = sandboxed();
    left = new Map([...left].filter(([pid, line]) => now.get(pid) === line));
  }
  return [...left.values()];
}

function sandboxed(): Map<string, string> {
  const own = statSync(process.execPath);
  const found = new Map<string, string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const { ino, dev } = statSync(`/proc/${pid}/exe`);
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      if (ino === own.ino && dev === own.dev && /--permission|hostile-tool/.test(line)) found.set(pid, line);
    } catch {
      // It has ended meanwhile, or is somebody else's.
    }
  }
  return found;
}

async function listen(start: (server: Server) => Server, knock: () => void): Promise<Server> {
  const server = start(
    createServer((socket) => {
      knock();
      socket.destroy();
    }),
  );
  await new Promise((resolve) => server.once("listening", resolve));
  return server;
}
