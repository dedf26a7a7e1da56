import { writeFileSync } from "node:fs";
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import type { Context } from "../contract/handler.ts";
import { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { findBubblewrap } from "./bubblewrap.ts";
import { openSandbox } from "./open-sandbox.ts";
import { sandboxed } from "./run-handler.ts";

verifies("sandbox:handlers");

const { isAvailable } = await findBubblewrap();
const directory = scratch();
const CANARY = "canary-6f1d";
const NOTHING = { name: "a_b.mjs", bytes: Buffer.alloc(0) };
let knocks = 0;
const listener = () =>
  createServer((socket) => {
    knocks++;
    socket.destroy();
  });
let server: Server;
let unix: Server;
let udp: Socket;
const SOCKET = `${directory.path}/canary.sock`;
beforeAll(async () => {
  writeFileSync(`${directory.path}/secret.txt`, CANARY);
  server = listener().listen(0, "127.0.0.1");
  unix = listener().listen(SOCKET);
  udp = createSocket("udp4").on("message", () => knocks++);
  udp.bind(0, "127.0.0.1");
  await Promise.all(
    [server, unix, udp].map((each) => new Promise((go) => each.once("listening", () => go(undefined)))),
  );
});
afterAll(() => {
  for (const each of [server, unix, udp]) each.close();
  directory[Symbol.dispose]();
});

/** What a program does that was put in the place of ours, so that no guard of it is left: the sandbox itself. */
const PRELUDE = `
import fs from "node:fs";
import { createRequire } from "node:module";
const require = createRequire("file:///");
const raw = (bytes) => { for (let at = 0; at < bytes.length;) at += fs.writeSync(3, bytes, at); };
const frame = (text, payload = "", textLength = Buffer.byteLength(text)) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(textLength, 0);
  head.writeUInt32BE(Buffer.byteLength(payload), 4);
  raw(Buffer.concat([head, Buffer.from(text), Buffer.from(payload)]));
};
const send = (message, payload) => frame(JSON.stringify(message), payload);
const answer = (text) => send({ type: "done", outputs: { text: String(text) } });
const attempt = async (work) => { try { answer("reached: " + await work()) } catch (error) { answer(error?.code ?? error?.message ?? error) } };
const ready = () => send({ type: "ready" });
const stay = () => setInterval(() => {}, 1000);
`;

async function runProgram(name: string, code: string, context: Context = contextOf()): Promise<unknown> {
  const path = `${directory.path}/${name.replaceAll(/\W/g, "-")}.mjs`;
  const { port } = server.address() as { port: number };
  const place = `const port = ${port}; const udp = ${udp.address().port}; const socket = "${SOCKET}"; const secret = "${directory.path}/secret.txt";`;
  writeFileSync(path, PRELUDE + place + code);
  const handler = await sandboxed("bubblewrap", NOTHING, path);
  return await handler(context, {});
}

describe.runIf(isAvailable)("a program in the place of ours", () => {
  test.for<[string, string]>([
    ["reads outside", `fs.readFileSync(secret, "utf8")`],
    ["reads the user database", `fs.readFileSync("/etc/passwd", "utf8")`],
    ["reads environments", `fs.readFileSync("/proc/self/environ", "utf8")`],
    ["lists the root", `fs.readdirSync("/").join()`],
    ["writes", `fs.writeFileSync("/tmp/x", "")`],
    ["makes a link", `fs.symlinkSync("/etc/passwd", "/link")`],
    ["starts a program", `require("node:child_process").execFileSync("/node", ["--version"])`],
    ["starts a thread", `new (require("node:worker_threads").Worker)("1", { eval: true })`],
    ["opens an inspector", `require("node:inspector").open(0) ?? "open"`],
    ["binds to Node's inside", `Object.keys(process.binding("spawn_sync")).join()`],
    ["loads a native module", `process.dlopen({ exports: {} }, "/lib/x.node")`],
    ["opens a database", `new (require("node:sqlite").DatabaseSync)("/x.db")`],
    [
      "gets at WASI",
      `new (require("node:wasi").WASI)({ version: "preview1", preopens: { "/": "/" } }) && fs.readFileSync(secret)`,
    ],
    [
      "connects to a port",
      `new Promise((go, no) => require("node:net").connect(port, "127.0.0.1").on("connect", go).on("error", no))`,
    ],
    [
      "connects to a socket",
      `new Promise((go, no) => require("node:net").connect(socket).on("connect", go).on("error", no))`,
    ],
    [
      "sends a datagram",
      // The system takes it without a word where there is a network without anything in it.
      `new Promise((go, no) => require("node:dgram").createSocket("udp4").send("x", udp, "127.0.0.1", () => no(new Error("sent"))))`,
    ],
    [
      "asks a name server",
      `new Promise((go, no) => require("node:dns").resolve("example.com", (error, found) => error ? no(error) : go(found)))`,
    ],
    ["fetches", `fetch("http://127.0.0.1:" + port)`],
    ["stops a process of this machine", `process.kill(${process.pid}, 0)`],
  ])("that %s gets nowhere", async ([name, expression]) => {
    const { text } = (await runProgram(name, `ready(); await attempt(() => ${expression}); stay();`)) as {
      text: string;
    };
    expect(text).not.toContain("reached");
    expect(text).not.toContain(CANARY);
    expect(knocks).toBe(0);
  });

  test.for<[string, string]>([
    ["garbage", `ready(); raw(Buffer.from("HTTP/1.1 200 OK\\r\\n\\r\\n")); stay();`],
    ["a text too long", `ready(); frame("", "", 0xffffffff); stay();`],
    ["a piece too long", `ready(); frame("{}", "x".repeat(2 ** 20 + 1)); stay();`],
    ["no JSON", `ready(); frame("{"); stay();`],
    [
      "no UTF-8",
      `ready(); const head = Buffer.alloc(8); head[3] = 1; raw(head); raw(Buffer.from([0xff])); stay();`,
    ],
    ["JSON too deep", `ready(); frame("[".repeat(1000) + "]".repeat(1000)); stay();`],
    ["an unknown message", `ready(); send({ type: "allow" }); stay();`],
    ["a field more", `ready(); send({ type: "done", outputs: {}, admin: true }); stay();`],
    ["a key with power", `ready(); frame('{"type":"done","outputs":{},"__proto__":{"type":"x"}}'); stay();`],
    ["an answer at once", `answer("early"); stay();`],
    ["that it is ready, twice", `ready(); ready(); stay();`],
    ["data that nobody asked for", `ready(); send({ type: "piece", stream: 1, isLast: true }, "x"); stay();`],
    [
      "that data nobody asked for is broken",
      `ready(); send({ type: "broken", stream: 1, text: "x" }); stay();`,
    ],
    [
      "two calls of one number",
      `ready(); for (const _ of "ab") send({ type: "call", id: 1, door: "fs.stat", args: ["slow"] }); stay();`,
    ],
    [
      "too many calls",
      `ready(); for (let id = 0; id < 100; id++) send({ type: "call", id, door: "fs.stat", args: ["slow"] }); stay();`,
    ],
    [
      "one piece of data for two files",
      `ready(); for (const id of [1, 2]) send({ type: "call", id, door: "fs.write", args: ["a", 7, {}] }); stay();`,
    ],
    ["nothing, and ends", `ready();`],
    ["nothing, and kills what it can", `ready(); process.kill(-1, "SIGKILL");`],
  ])("that says %s ends the call", async ([name, code]) => {
    await expect(runProgram(name, code)).rejects.toMatchObject({ code: "OUTPUT_INVALID" });
  });

  test.for<[string, string]>([
    ["answers twice", `answer("first"); answer("second");`],
    [
      "asks on after its answer",
      `answer("first"); for (;;) send({ type: "call", id: 1, door: "fs.remove", args: ["a", {}] });`,
    ],
    ["fills its error output", `fs.writeSync(2, "x".repeat(10_000)); answer("first");`],
  ])("that %s is believed once", async ([name, code]) => {
    let removed = 0;
    const context = contextOf({ remove: async () => void removed++ });
    expect(await runProgram(name, `ready(); ${code} stay();`, context)).toEqual({ text: "first" });
    expect(removed).toBe(0);
  });

  test.for<[string, string]>([
    [
      "sends a body that it never gives",
      `send({ type: "call", id: 1, door: "net.request", args: [{ method: "post", url: "http://x/" }, 1] });`,
    ],
    [
      "reads a second file",
      `for (const id of [1, 2]) send({ type: "call", id, door: "fs.read", args: [id === 1 ? "slow" : "undeclared", {}] });`,
    ],
    [
      "removes a file, and takes no answers",
      `process.stdin.pause(); send({ type: "call", id: 1, door: "fs.remove", args: ["undeclared", {}] });`,
    ],
  ])("that %s beside its answer is judged by it all the same", async ([name, code]) => {
    const context = contextOf({
      read: async (path) => {
        if (path === "undeclared") return refuseLate();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return Buffer.alloc(0);
      },
      remove: refuseLate,
    });
    await expect(
      runProgram(name, `ready(); ${code} answer("first"); stay();`, context),
    ).rejects.toMatchObject({
      code: "EFFECT_UNDECLARED",
    });
  });

  test.for<[string, string, string]>([
    ["a door that is none", `send({ type: "call", id: 1, door: "constructor", args: [] });`, "INPUT_INVALID"],
    ["a wrong argument", `send({ type: "call", id: 1, door: "fs.stat", args: [1] });`, "INPUT_INVALID"],
    [
      "an error of its own call",
      `send({ type: "call", id: 1, door: "fs.read", args: ["busy", {}] });`,
      "LEASE_CONFLICT",
    ],
  ])("that asks %s gets the error, and may pass it on", async ([name, code, expected]) => {
    const listen = `let all = ""; process.stdin.on("data", (piece) => { all += piece; if (all.includes('"error"')) send({ type: "failed", call: 1, text: "lie", code: "DENIED" }) });`;
    await expect(runProgram(name, `${listen} ready(); ${code} stay();`)).rejects.toMatchObject({
      code: expected,
    });
  });

  test("that never gets ready is told as a sandbox that did not start", async () => {
    await expect(runProgram("not ready", `console.error("no luck"); process.exit(1);`)).rejects.toMatchObject(
      {
        code: "SANDBOX_UNAVAILABLE",
        message: "The sandbox did not start: no luck.",
      },
    );
  });
});

describe.each(["bubblewrap", "node"] as const)("under %s", (layers) => {
  const run = async (body: string, context = contextOf(), name = "a_b.mjs") => {
    const handler = await openSandbox({ AI_FIRST_SANDBOX: layers })({ name, bytes: Buffer.from(body) });
    return await handler(context, { x: 1 });
  };

  test.runIf(isAvailable || layers === "node")("a handler has the whole contract of one", async () => {
    const written: string[] = [];
    const context = contextOf({
      write: async (_path, data) => {
        let text = "";
        for await (const piece of data as AsyncIterable<Uint8Array>) text += Buffer.from(piece).toString();
        written.push(text);
        return { size: text.length, hash: "" };
      },
    });
    const outputs = await run(
      `import { createHash } from "node:crypto";
      export const run = async (ctx, { x }: { x: number }) => {
        const kinds = [];
        for await (const { name } of ctx.fs.walk(".")) kinds.push(name);
        let chunks = "";
        for await (const chunk of ctx.fs.readChunks("a")) chunks += chunk;
        await ctx.fs.write("text", "hällo");
        await ctx.fs.write("large", "x".repeat(300_000));
        await ctx.fs.write("stream", (async function* () { yield Buffer.from("a"); yield Buffer.from("b") })());
        const { status, body } = await ctx.net.request({ method: "POST", url: "http://x/", body: "ping" });
        return {
          x, chunks, status,
          body: body.toString(),
          many: kinds.length,
          read: (await ctx.fs.read("a")).toString(),
          missing: await ctx.fs.stat("missing") ?? null,
          made: await ctx.fs.makeDir("d"),
          out: (await ctx.process.run({ command: "ls" })).stdout,
          key: ctx.idempotencyKey,
          id: ctx.spec.id,
          isNow: Math.abs(ctx.now() - Date.now()) < 60_000,
          hash: createHash("sha256").update("").digest("hex").length,
        };
      };`,
      { ...context, spec: { ...SPEC, side_effects: ["filesystem_write", "network_write"] } },
      "a_b.mts",
    );
    expect(outputs).toEqual({
      x: 1,
      chunks: "onetwo",
      status: 201,
      body: "ping",
      many: 600,
      read: "content of a",
      missing: null,
      made: true,
      out: "listed",
      key: "key",
      id: "acme.test.act",
      isNow: true,
      hash: 64,
    });
    expect(written).toEqual(["hällo", "x".repeat(300_000), "ab"]);
  });

  test.runIf(isAvailable || layers === "node")(
    "cancellation reaches its signal, and it may put things in order",
    async () => {
      const controller = new AbortController();
      const cleaned: string[] = [];
      const context = contextOf(
        {
          remove: async (path) => void cleaned.push(path),
          stat: async () => {
            controller.abort(new RuntimeError("CANCELLED", "stop"));
            return undefined;
          },
        },
        controller.signal,
      );
      await expect(
        run(
          `export const run = async (ctx) => {
          await ctx.fs.stat("a");
          await new Promise((resolve) => ctx.signal.aborted ? resolve() : ctx.signal.addEventListener("abort", resolve));
          await ctx.fs.remove(ctx.signal.reason.code);
          await new Promise(() => {});
        };`,
          context,
        ),
      ).rejects.toMatchObject({ code: "CANCELLED" });
      expect(cleaned).toEqual(["CANCELLED"]);
    },
  );
});

test("an unknown kind of sandbox is refused", async () => {
  await expect(openSandbox({ AI_FIRST_SANDBOX: "off" })(NOTHING)).rejects.toMatchObject({
    code: "SANDBOX_UNAVAILABLE",
  });
});

const SPEC = CapabilitySpec.parse({
  id: "acme.test.act",
  version: "1.0.0",
  name: "Act",
  description: "Acts.",
  operation: "WRITE",
  risk: { level: "MEDIUM", justification: "A test." },
  side_effects: ["filesystem_write"],
  undo: { kind: "reversible" },
  inputs: { type: "object" },
  outputs: { type: "object" },
});

function contextOf(more: Partial<Context["fs"]> = {}, signal = new AbortController().signal): Context {
  const fs = {
    read: async (path: string) => {
      if (path === "busy") throw new RuntimeError("LEASE_CONFLICT", "busy");
      return Buffer.from(`content of ${path}`);
    },
    async *readChunks() {
      yield Buffer.from("one");
      yield Buffer.from("two");
    },
    async *walk() {
      for (let index = 0; index < 600; index++)
        yield { name: `n${index}`, path: `n${index}`, kind: "file" as const, size: 0 };
    },
    stat: async (path: string) => {
      if (path === "slow") await new Promise((resolve) => setTimeout(resolve, 1000));
      return undefined;
    },
    write: async (_path: string, data: unknown) => {
      await drain(data);
      return { size: 0, hash: "" };
    },
    makeDir: async () => true,
    ...more,
  };
  return {
    fs: fs as unknown as Context["fs"],
    net: {
      request: async ({ body, url }) => ({ status: 201, headers: {}, url, body: Buffer.from(body ?? "") }),
    },
    process: { run: async () => ({ stdout: "listed", stderr: "", exitCode: 0 }) },
    now: Date.now,
    signal,
    idempotencyKey: "key",
    spec: SPEC,
  };
}

async function refuseLate(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw new RuntimeError("EFFECT_UNDECLARED", "Nobody declared it.");
}

async function drain(data: unknown): Promise<void> {
  for await (const _ of data as AsyncIterable<Uint8Array>);
}
