import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { startServer } from "../../test/local-server.ts";
import { createNet, type NetOptions } from "./egress.ts";
import type { ResolvedAddress } from "./resolve.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

const READER = specOf({ side_effects: ["network_read"], network: { hosts: ["*"] } });

function netTo(port: number, options: Partial<NetOptions> = {}) {
  const intents: string[] = [];
  const net = createNet({
    spec: specOf({ side_effects: ["network_read", "network_write"], network: { hosts: ["*", `*:${port}`] } }),
    signal: AbortSignal.timeout(20_000),
    intend: async (method, url) => void intents.push(`${method} ${url}`),
    allowPrivateHosts: [`127.0.0.1:${port}`],
    ...options,
  });
  return { net, intents };
}

const hello = () => startServer((_, response) => response.end("hello"));

describe("a request", () => {
  test("brings back status, headers, decoded body and address, and was intended", async () => {
    await using server = await startServer((_, response) =>
      response.writeHead(201, { "x-a": ["1", "2"] }).end("hello"),
    );
    const { net, intents } = netTo(server.port);
    const url = `http://127.0.0.1:${server.port}/p?q=1`;
    const response = await net.request({
      method: "post",
      url: `${url}#part`,
      headers: { "X-Mine": "yes" },
      body: "data",
    });
    expect(response).toMatchObject({ status: 201, url, headers: { "x-a": "1, 2" } });
    expect(response.body.toString()).toBe("hello");
    expect(server.seen).toMatchObject([
      { method: "POST", url: "/p?q=1", body: "data", headers: { "x-mine": "yes" } },
    ]);
    expect(intents).toEqual([`POST ${url}`]);
  });

  test("is not sent, nor its name resolved, before the intent is durable", async () => {
    await using server = await hello();
    let resolved = 0;
    const { net } = netTo(server.port, {
      allowPrivateHosts: [`api.example.com:${server.port}`],
      resolveHost: async () => {
        resolved += 1;
        return [{ address: "127.0.0.1", family: 4 }];
      },
      intend: () => Promise.reject(new Error("no ledger")),
    });
    await expect(
      net.request({ method: "GET", url: `http://api.example.com:${server.port}/` }),
    ).rejects.toThrowError("no ledger");
    expect([resolved, server.seen.length]).toEqual([0, 0]);
  });

  test.for([
    ["GET", "network_write", "network_read"],
    ["HEAD", "filesystem_read", "network_read"],
    ["OPTIONS", "read_only", "network_read"],
    ["POST", "network_read", "network_write"],
    ["DELETE", "network_read", "network_write"],
  ] as const)("%s with only %s declared", async ([method, declared, needed]) => {
    await using server = await hello();
    const { net, intents } = netTo(server.port, {
      spec: specOf({ side_effects: [declared], network: { hosts: [`*:${server.port}`] } }),
    });
    await expect(net.request({ method, url: `http://127.0.0.1:${server.port}/` })).rejects.toMatchObject({
      code: "EFFECT_UNDECLARED",
      details: { effect: needed },
    });
    expect([intents, server.seen]).toEqual([[], []]);
  });

  test.for([
    ["CONNECT method", { method: "CONNECT" }],
    ["TRACE method", { method: "TRACE" }],
    ["method with a line break", { method: "GET / HTTP/1.1\r\nX: y" }],
    ["GET with a body", { body: "x" }],
    ["line break in a value", { headers: { "x-a": "1\r\nHost: evil" } }],
    ["bare LF", { headers: { "x-a": "1\nb" } }],
    ["NUL", { headers: { "x-a": "a\0" } }],
    ["line break in a name", { headers: { "x\r\ny": "1" } }],
    ["empty name", { headers: { "": "1" } }],
    ["wide character", { headers: { "x-a": "č" } }],
    ["Host", { headers: { Host: "internal" } }],
    ["Connection", { headers: { connection: "upgrade" } }],
    ["Transfer-Encoding", { headers: { "Transfer-Encoding": "chunked" } }],
    ["Content-Length", { headers: { "content-length": "0" } }],
    ["Upgrade", { headers: { upgrade: "h2c" } }],
    ["Proxy-Authorization", { headers: { "proxy-authorization": "x" } }],
    ["method override", { headers: { "X-HTTP-Method-Override": "DELETE" } }],
  ] as const)("is refused with %s", async ([, parts]) => {
    await using server = await hello();
    const { net } = netTo(server.port);
    await expect(
      net.request({ method: "GET", url: `http://127.0.0.1:${server.port}/`, ...parts }),
    ).rejects.toMatchObject({ code: "EGRESS_REFUSED" });
    expect(server.seen).toEqual([]);
  });

  test("ignores proxies of the environment", async () => {
    await using proxy = await hello();
    await using server = await hello();
    const names = ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`;
    try {
      await netTo(server.port).net.request({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
    } finally {
      for (const name of names) delete process.env[name];
    }
    expect([proxy.seen.length, server.seen.length]).toEqual([0, 1]);
  });

  test("to a closed port fails as a network failure that may be retried", async () => {
    const server = await hello();
    await server[Symbol.asyncDispose]();
    const failure = netTo(server.port).net.request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
    });
    await expect(failure).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: true,
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("is refused when the line of allowed private hosts is malformed", () => {
    expect(() => netTo(1, { allowPrivateHosts: ["127.0.0.1"] })).toThrowError(
      expect.objectContaining({ code: "USAGE" }),
    );
  });
});

const v4 = (address: string): ResolvedAddress => ({ address, family: 4 });
const v6 = (address: string): ResolvedAddress => ({ address, family: 6 });

describe("names and their addresses", () => {
  test.for([
    ["loopback (as nip.io names do)", [v4("127.0.0.1")]],
    ["private", [v4("10.0.0.7")]],
    ["metadata", [v4("169.254.169.254")]],
    ["public and private", [v4("8.8.8.8"), v4("127.0.0.1")]],
    ["public A and private AAAA", [v4("8.8.8.8"), v6("::1")]],
    ["public AAAA and private A", [v6("2606:4700:4700::1111"), v4("127.0.0.1")]],
    ["mapped", [v6("::ffff:127.0.0.1")]],
    ["NAT64", [v6("64:ff9b::7f00:1")]],
    ["zone id", [v6("fe80::1%1")]],
    ["garbage", [v4("localhost")]],
  ] as const)("a name that resolves to %s is refused and never reached", async ([, addresses]) => {
    await using internal = await hello();
    const { net } = netTo(internal.port, { resolveHost: async () => addresses });
    await expect(
      net.request({ method: "GET", url: `http://127.0.0.1.nip.example:${internal.port}/` }),
    ).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
    });
    expect(internal.seen).toEqual([]);
  });

  test("the internal server is within reach of this test: an allowed endpoint leads to it", async () => {
    await using internal = await hello();
    const { net } = netTo(internal.port, {
      allowPrivateHosts: [`internal.example.com:${internal.port}`],
      resolveHost: async () => [v4("127.0.0.1")],
    });
    await net.request({ method: "GET", url: `http://internal.example.com:${internal.port}/` });
    expect(internal.seen).toHaveLength(1);
  });

  test.for([
    ["no address", async () => [], 'The host "gone.example.com" has no address.'],
    [
      "a failing resolver",
      () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })),
      "The request to http://gone.example.com/ failed: ENOTFOUND.",
    ],
    [
      "a resolver that has no code for its failure",
      () => Promise.reject(new Error("no answer")),
      "The request to http://gone.example.com/ failed: Error: no answer.",
    ],
  ] as const)("%s is a network failure", async ([, resolveHost, message]) => {
    const { net } = netTo(80, { spec: READER, resolveHost });
    await expect(net.request({ method: "GET", url: "http://gone.example.com/" })).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message,
    });
  });

  test("the resolver of the system is used by default", async () => {
    const { net } = netTo(80, { spec: READER });
    await expect(net.request({ method: "GET", url: "http://no-such-host.invalid/" })).rejects.toMatchObject({
      code: "NETWORK_FAILED",
    });
  });
});
