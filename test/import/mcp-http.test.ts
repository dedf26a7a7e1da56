import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startServer } from "../local-server.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { AS_AGENT, chainIn } from "./chain.ts";

verifies("import:proposals", "import:derived", "import:drift");

const PROGRAM = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);

const directory = scratch();
let child: ChildProcess;
let port: number;
beforeAll(async () => {
  mkdirSync(join(directory.path, "workspace"));
  // A port that was free a moment ago may be somebody else's by the time the server wants it.
  do {
    port = await freePort();
    child = spawn(process.execPath, [PROGRAM, "streamableHttp"], {
      env: { PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } while (!(await isListening(child, port)));
});
afterAll(() => {
  child.kill();
  directory[Symbol.dispose]();
});

async function freePort(): Promise<number> {
  // At every address, as the server listens.
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return free;
}

/** Whether the server has this port, once it notes a request, or that the port is taken. */
async function isListening({ stdout, stderr }: ChildProcess, at: number): Promise<boolean> {
  const answered = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      let said = "";
      // It says that it listens also where it then finds that it cannot; and who answers may be another one.
      stderr!.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (!text.includes("listening on port")) return;
        fetch(`http://127.0.0.1:${at}/mcp`, { signal: answered.signal }).catch(() => {});
      });
      stdout!.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("Received MCP GET request")) resolve(true);
      });
      stderr!.once("close", () =>
        said.includes("already in use") ? resolve(false) : reject(new Error(`The server has ended: ${said}`)),
      );
    });
  } finally {
    answered.abort();
  }
}

test("the reference server `everything` is imported over HTTP, called through the chain, and suspended once it is another one", async () => {
  // Between the runtime and the server, so that the server can be changed under the eyes of an approved pack.
  let change: (text: string) => string = String;
  await using proxy = await startServer((request, response) => void forward(request, response));
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const { body } = proxy.seen.at(-1)!;
    const {
      host: _,
      connection: __,
      "content-length": ___,
      ...headers
    } = request.headers as Record<string, string>;
    const answer = await fetch(`http://127.0.0.1:${port}/mcp`, { method: request.method!, headers, body });
    const text = change(await answer.text());
    const kept = ["content-type", "mcp-session-id"].flatMap((name) =>
      answer.headers.has(name) ? [[name, answer.headers.get(name)!]] : [],
    );
    response.writeHead(answer.status, Object.fromEntries(kept)).end(text);
  };
  const url = `http://127.0.0.1:${proxy.port}/mcp`;
  const { ok, json, activate, suspensionOf } = chainIn(directory.path, {
    AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${proxy.port}`,
  });

  const proposed = await ok(
    [
      "import",
      "mcp",
      "every",
      "--url",
      url,
      "--tools",
      "echo,get-sum,get-structured-content",
      "--reason",
      "try",
    ],
    AS_AGENT,
  );
  expect(proposed).toMatchObject({ risk: "CRITICAL", approvalsNeeded: 2 });
  expect(proposed.contracts).toMatchObject([
    {
      capability: "every.echo",
      effects: ["network_write"],
      undo: "irreversible",
      hosts: [`127.0.0.1:${proxy.port}`],
    },
    { capability: "every.get_structured_content" },
    { capability: "every.get_sum" },
  ]);
  await ok(["review", String(proposed.id), "--risk", "HIGH", "--reason", "it only computes"]);
  await activate(String(proposed.id), "every");

  const asked = proxy.seen.length;
  const sum = ["run", "every.get_sum", "--input", "a=2", "--input", "b=40", "--no-input"];
  expect((await json(sum)).exitCode).toBe(30);
  expect(proxy.seen).toHaveLength(asked);
  expect(JSON.stringify(await ok(["approve", "last"]))).toContain("42");
  await json(["run", "every.get_structured_content", "--input", "location=Chicago", "--no-input"]);
  expect(JSON.stringify(await ok(["approve", "last"]))).toContain("temperature");

  // Not one word of it may be another.
  change = (text) => text.replace("Echoes back", "Sends on");
  await json(["run", "every.echo", "--input", "message=hi", "--no-input"]);
  const { exitCode, document } = await json(["approve", "last"]);
  expect(exitCode).not.toBe(0);
  expect(document.steps?.[0]?.failure).toMatchObject({ code: "DRIFTED" });
  expect(proxy.seen.filter(({ body }) => body.includes("tools/call") && body.includes("echo"))).toEqual([]);
  expect(await suspensionOf("every")).toBe("drift");
  await ok(["audit", "verify"]);
});
