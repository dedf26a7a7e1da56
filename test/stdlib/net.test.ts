import { describe, expect, test } from "vitest";

import { startServer } from "../local-server.ts";
import { openStdlib } from "./stdlib-context.ts";
import { verifies } from "../requirements.ts";

verifies("workspace:egress", "stdlib:contract");

const URL_OF_API = "http://api.example.com/x";

describe("net.http", () => {
  test.for([
    [400, "SERVICE_REFUSED", false],
    [401, "SERVICE_REFUSED", false],
    [404, "SERVICE_REFUSED", false],
    [304, "SERVICE_REFUSED", false],
    [408, "SERVICE_FAILED", true],
    [429, "SERVICE_FAILED", true],
    [500, "SERVICE_FAILED", true],
    [503, "SERVICE_FAILED", true],
  ] as const)("status %i is %s", async ([status, code, retryable]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(status).end(status === 304 ? undefined : "x".repeat(5000)),
    );
    using stdlib = openStdlib(server.port);
    const body = status === 304 ? "" : "x".repeat(4096);
    const failure = stdlib.run("net.http.get", { url: `${URL_OF_API}?token=secret` });
    await expect(failure).rejects.toMatchObject({
      code,
      retryable,
      details: { status_code: status, body },
      message: expect.not.stringContaining("secret"),
    });
    expect(await stdlib.run("net.http.get", { url: URL_OF_API, accept_status: [status] })).toMatchObject({
      status_code: status,
      success: false,
    });
  });

  test("a redirect that is not followed is the answer", async () => {
    await using server = await startServer((_, response) =>
      response.writeHead(302, { location: "http://127.0.0.1/" }).end(),
    );
    using stdlib = openStdlib(server.port);
    expect(await stdlib.run("net.http.get", { url: URL_OF_API, follow_redirects: false })).toMatchObject({
      status_code: 302,
      success: false,
    });
    await expect(stdlib.run("net.http.get", { url: URL_OF_API })).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
    });
  });

  test.for([
    ["UTF-8", "text/plain", Buffer.from("é"), "é", "text"],
    [
      "the charset that the answer names",
      'text/html; charset="gbk"',
      Buffer.from([0xc4, 0xe3]),
      "你",
      "text",
    ],
    ["bytes that are no text", "image/png", Buffer.from([0x89, 0xff]), "if8=", "base64"],
    ["a charset that nobody knows", "text/plain; charset=x-none", Buffer.from("a"), "YQ==", "base64"],
  ] as const)("a body is given as %s", async ([, type, bytes, body, body_encoding]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-type": type }).end(bytes),
    );
    using stdlib = openStdlib(server.port);
    expect(await stdlib.run("net.http.get", { url: URL_OF_API })).toMatchObject({
      body,
      body_encoding,
      headers: { "content-type": type },
    });
  });

  test.for([
    ["post", { body: { a: 1 } }, '{"a":1}', "application/json"],
    ["put", { body: [1] }, "[1]", "application/json"],
    [
      "post",
      { body: "a=1", content_type: "application/x-www-form-urlencoded" },
      "a=1",
      "application/x-www-form-urlencoded",
    ],
    ["put", { body: "x", headers: { "Content-Type": "text/plain" } }, "x", "text/plain"],
    ["post", {}, "", "application/json"],
  ] as const)("%s sends %j", async ([method, inputs, body, type]) => {
    await using server = await startServer((_, response) => response.end());
    using stdlib = openStdlib(server.port);
    await stdlib.run(`net.http.${method}`, { url: URL_OF_API, ...inputs });
    expect(server.seen).toMatchObject([
      { method: method.toUpperCase(), body, headers: { "content-type": type, "idempotency-key": "key-1" } },
    ]);
  });

  test("delete sends its idempotency key, or the caller's", async () => {
    await using server = await startServer((_, response) => response.end());
    using stdlib = openStdlib(server.port);
    await stdlib.run("net.http.delete", { url: URL_OF_API });
    await stdlib.run("net.http.delete", { url: URL_OF_API, headers: { "Idempotency-Key": "mine" } });
    expect(server.seen.map(({ method, headers }) => [method, headers["idempotency-key"]])).toEqual([
      ["DELETE", "key-1"],
      ["DELETE", "mine"],
    ]);
  });
});
