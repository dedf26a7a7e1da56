import { once } from "node:events";
import { createServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { AddressInfo } from "node:net";

import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { startServer } from "../../test/local-server.ts";
import { RuntimeError } from "../contract/errors.ts";
import { createNet } from "./egress.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

const MIB = 1024 * 1024;

const netTo = (port: number, signal: AbortSignal = new AbortController().signal) =>
  createNet({
    spec: specOf({ side_effects: ["network_read"], network: { hosts: ["*"] }, timeout_seconds: 20 }),
    signal,
    intend: async () => {},
    allowPrivateHosts: [`127.0.0.1:${port}`],
  });

/** A server that writes raw bytes, again and again, whatever it is asked. */
async function startRaw(first: string, again = "", everyMs = 5) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(first);
    const timer = setInterval(() => again !== "" && socket.write(again), everyMs);
    socket.on("close", () => clearInterval(timer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() };
}

describe("codings", () => {
  const text = "content ".repeat(50);
  test.for([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["deflate", deflateSync(text)],
    ["identity", Buffer.from(text)],
  ] as const)("%s is decoded", async ([coding, bytes]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(bytes),
    );
    const response = await netTo(server.port).request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
    });
    expect(response.body.toString()).toBe(text);
    expect(response.headers).not.toHaveProperty("content-encoding");
  });

  test("the length of a body that is not encoded is told", async () => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-length": 2 }).end("ab"),
    );
    const response = await netTo(server.port).request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
    });
    expect(response.headers["content-length"]).toBe("2");
  });

  test.for([
    ["nested", "gzip, gzip", gzipSync(gzipSync(text))],
    ["unknown", "zip", Buffer.from(text)],
    ["damaged", "gzip", Buffer.from(text)],
    ["cut off", "gzip", gzipSync(text).subarray(0, 20)],
  ] as const)("one that is %s is a network failure", async ([, coding, bytes]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(bytes),
    );
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  });
});

describe("size", () => {
  const bomb = Buffer.alloc(200 * MIB);
  test.for([
    ["gzip bomb", "gzip", gzipSync(bomb)],
    ["brotli bomb", "br", brotliCompressSync(bomb)],
    ["plain", "identity", bomb.subarray(0, 21 * MIB)],
  ] as const)("%s stops at the limit", async ([, coding, bytes]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(bytes),
    );
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test("an endless body stops at the limit", async () => {
    using server = await startRaw("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(MIB), 1);
    await expect(
      netTo(server.port).request({
        method: "GET",
        url: `http://127.0.0.1:${server.port}/`,
        maxBytes: 3 * MIB,
      }),
    ).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });

  test("10 GB announced is refused before any of it is read", async () => {
    using server = await startRaw("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nx");
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test("endless headers are refused", async () => {
    using server = await startRaw("HTTP/1.1 200 OK\r\n", `X-A: ${"x".repeat(4096)}\r\n`);
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test("a body of exactly the limit is read", async () => {
    await using server = await startServer((_, response) => response.end("abc"));
    const request = { method: "GET", url: `http://127.0.0.1:${server.port}/` };
    expect((await netTo(server.port).request({ ...request, maxBytes: 3 })).body.toString()).toBe("abc");
    await expect(netTo(server.port).request({ ...request, maxBytes: 2 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });

  test("what is no HTTP is a network failure", async () => {
    using server = await startRaw("SSH-2.0-x\r\n");
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  });
});

describe("time", () => {
  test.for([
    ["silent", "", ""],
    ["slow with its headers", "HTTP/1.1 200 OK\r\n", "X: y\r\n"],
    ["slow with its body", "HTTP/1.1 200 OK\r\n\r\n", "x"],
  ] as const)("a server that is %s is given up", async ([, first, again]) => {
    using server = await startRaw(first, again, 20);
    await expect(
      netTo(server.port).request({ method: "GET", url: `http://127.0.0.1:${server.port}/`, timeoutMs: 200 }),
    ).rejects.toMatchObject({
      code: "TIMED_OUT",
    });
  });

  test("a cancelled request rejects with the reason, also before it starts", async () => {
    using server = await startRaw("");
    const controller = new AbortController();
    const pending = netTo(server.port, controller.signal).request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
    });
    const reason = new RuntimeError("CANCELLED", "The run was cancelled.");
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(
      netTo(server.port, controller.signal).request({ method: "GET", url: "http://127.0.0.1/" }),
    ).rejects.toBe(reason);
  });
});
