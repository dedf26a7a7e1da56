import { createSocket } from "node:dgram";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";

import { openHome } from "../../src/installation.ts";
import { createRuntime } from "../../src/index.ts";
import { verifyIn } from "../installation.ts";
import { makeActive } from "../red-line.ts";
import { snapshot } from "../snapshot.ts";
import type { Canary, HostileHandler } from "./handlers.ts";

/** A variable of this process that nobody's code may see. */
export const SECRET = "canary-6f1d";

export type Seen = {
  readonly ends: string;
  readonly isSuspended: boolean;
  /** Everything that must not be; empty where all is well. */
  readonly wrong: readonly string[];
};

export type Arena = AsyncDisposable & {
  readonly canary: Canary;
  /** Proposes, approves and activates the handler, runs it, and looks from outside at what it did. */
  readonly run: (handler: HostileHandler) => Promise<Seen>;
  /** What knocked at the canary listeners. */
  readonly knocks: () => readonly string[];
};

/** An installation with canaries around its workspaces: a directory, and listeners of three kinds. */
export async function openArena(path: string): Promise<Arena> {
  const knocks: string[] = [];
  let cases = 0;
  const outside = join(path, "canary");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.txt"), SECRET);
  writeFileSync(join(outside, "secret.mjs"), "");
  const tcp = await listen(
    (server) => server.listen(0, "127.0.0.1"),
    () => knocks.push("tcp"),
  );
  const unix = await listen(
    (server) => server.listen(join(path, "canary.sock")),
    () => knocks.push("unix"),
  );
  const udp = createSocket("udp4").on("message", () => knocks.push("udp"));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const canary: Canary = {
    directory: outside,
    tcp: (tcp.address() as { port: number }).port,
    udp: udp.address().port,
    socket: join(path, "canary.sock"),
  };
  const env = { AI_FIRST_HOME: join(path, "home"), CANARY_TOKEN: SECRET };
  const before = snapshot(outside, { times: true });

  return {
    canary,
    knocks: () => knocks,
    async run(handler) {
      const number = ++cases;
      const site = join(path, `case-${number}`);
      const subject = await activate(env, site, number, handler);
      const workspace = fill(join(site, "workspace"), outside);
      const earlier = snapshot(workspace, { times: true });
      await using runtime = await createRuntime({ workspace, env });
      const { status, failure, outputs, run } = await runtime.run(`hostile.case${number}.act`);
      const wrong: string[] = [];
      const text = JSON.stringify([failure, outputs, [...runtime.ledger.entries({ run })]]);
      if (text.includes(SECRET)) wrong.push("a secret came out");
      if (status !== "COMPLETED" && !same(earlier, snapshot(workspace, { times: true })))
        wrong.push("the workspace is changed");
      if (!same(before, snapshot(outside, { times: true }))) wrong.push("the canary directory is changed");
      await using home = await openHome(env);
      const suspension = home.governance.state().governed.get(`pack ${subject.name}@1.0.0`)?.suspension;
      if (suspension !== undefined && suspension.cause !== "undeclared-effect") wrong.push(suspension.cause);
      await runtime.close();
      if (!verifyIn(site).ok) wrong.push("the ledger is not whole");
      const ends = status === "COMPLETED" ? "completed" : String(failure?.code);
      return { ends, isSuspended: suspension !== undefined, wrong };
    },
    async [Symbol.asyncDispose]() {
      for (const server of [tcp, unix]) server.close();
      udp.close();
    },
  };
}

/** Processes that run our Node below the name that it has in the sandbox, wherever they hang. */
export function sandboxedProcesses(): number[] {
  const own = statSync(process.execPath);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const { ino, dev } = statSync(`/proc/${pid}/exe`);
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return (
          ino === own.ino &&
          dev === own.dev &&
          line.includes("--permission") &&
          readlinkSync(`/proc/${pid}/exe`) !== ""
        );
      } catch {
        // It has ended meanwhile, or is somebody else's.
        return false;
      }
    });
}

async function activate(env: Record<string, string>, site: string, number: number, handler: HostileHandler) {
  const {
    effects,
    ends,
    body,
    top = "",
    code = `${top}\nexport async function run(ctx, input) { ${body} }`,
  } = handler;
  const pack = join(site, "pack");
  const write = (file: string, text: string) => {
    mkdirSync(join(pack, file, ".."), { recursive: true });
    writeFileSync(join(pack, file), text);
  };
  write(
    "pack.yaml",
    `{ pack_id: pack.hostile${number}, name: hostile${number}, version: 1.0.0, description: Hostile., includes: { capabilities: [hostile.case${number}.act] } }`,
  );
  const isNetwork = effects.some((effect) => effect.startsWith("network"));
  write(
    `capabilities/hostile_case${number}_act.yaml`,
    `id: hostile.case${number}.act
version: 1.0.0
name: Act
description: ${isNetwork ? "Asks." : "Acts."}
operation: ${isNetwork ? "NETWORK" : "WRITE"}
risk: { level: MEDIUM, justification: A test. }
side_effects: [${effects.join(", ")}]
undo: { kind: ${effects.includes("filesystem_write") ? "reversible" : "none"} }
timeout_seconds: ${ends === "TIMED_OUT" ? 2 : 60}
${isNetwork ? "network: { hosts: [listed.example] }" : ""}
inputs: { type: object, additionalProperties: false }
outputs: { type: object, additionalProperties: false, required: [n], properties: { n: { type: integer }, s: { type: string } } }
`,
  );
  write(`handlers/hostile_case${number}_act.mjs`, code);
  await using home = await openHome(env);
  return await makeActive(home, pack);
}

function fill(workspace: string, outside: string): string {
  mkdirSync(join(workspace, "sub"), { recursive: true });
  for (const name of ["a.txt", "b.txt", "sub/c.txt"])
    writeFileSync(join(workspace, name), `${name} as it was`);
  symlinkSync(join(outside, "secret.txt"), join(workspace, "link.txt"));
  symlinkSync(outside, join(workspace, "linked"));
  symlinkSync("loop", join(workspace, "loop"));
  linkSync(join(outside, "secret.txt"), join(workspace, "hard.txt"));
  return workspace;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join("\n") === other.join("\n");
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
