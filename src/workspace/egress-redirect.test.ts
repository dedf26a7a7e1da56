import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { startServer } from "../../test/local-server.ts";
import { createNet } from "./egress.ts";
import { followRedirect, type Hop } from "./redirect.ts";
import { parseHostRules } from "./hosts.ts";
import { parseTarget } from "./target.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

function netTo(...ports: readonly number[]) {
  const intents: string[] = [];
  const net = createNet({
    spec: specOf({ side_effects: ["network_read", "network_write"], network: { hosts: ["*"] } }),
    signal: AbortSignal.timeout(20_000),
    intend: async (method, url) => void intents.push(`${method} ${url}`),
    allowPrivateHosts: ports.map((port) => `127.0.0.1:${port}`),
  });
  return { net, intents };
}

const redirecting = (status: number, location: () => string) =>
  startServer((request, response) => {
    if (request.url === "/end") response.end("end");
    else response.writeHead(status, { location: location() }).end("moved");
  });

describe("a redirect", () => {
  test.for([
    ["loopback", "http://127.0.0.1:%/"],
    ["localhost", "http://localhost:%/"],
    ["a decimal address", "http://2130706433:%/"],
    ["mapped IPv6", "http://[::ffff:127.0.0.1]:%/"],
    ["the same host without scheme", "//127.0.0.1:%/"],
    ["a user name", "http://a@127.0.0.1:%/"],
    ["another scheme", "file:///etc/passwd"],
    ["gopher", "gopher://127.0.0.1:%/_"],
    ["data", "data:text/plain,x"],
    ["a backslash", "http:\\\\127.0.0.1:%\\"],
    ["metadata", "http://169.254.169.254/latest/"],
    ["no URL", "http://[:%"],
  ])("to %s is refused and never reached", async ([, location]) => {
    for (const status of [301, 302, 303, 307, 308]) {
      await using internal = await startServer((_, response) => response.end("secret"));
      await using server = await redirecting(status, () =>
        (location ?? "").replace("%", String(internal.port)),
      );
      const { net } = netTo(server.port);
      await expect(
        net.request({ method: "POST", url: `http://127.0.0.1:${server.port}/`, body: "x" }),
      ).rejects.toMatchObject({
        code: "EGRESS_REFUSED",
      });
      expect(internal.seen).toEqual([]);
    }
  });

  test("in the last of several hops is refused as in the first", async () => {
    await using internal = await startServer((_, response) => response.end("secret"));
    await using server = await startServer((request, response) => {
      const next =
        request.url === "/1" ? "/2" : request.url === "/2" ? "/3" : `http://127.0.0.1:${internal.port}/`;
      response.writeHead(302, { location: next }).end();
    });
    await expect(
      netTo(server.port).net.request({ method: "GET", url: `http://127.0.0.1:${server.port}/1` }),
    ).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
    });
    expect([server.seen.length, internal.seen.length]).toEqual([3, 0]);
  });

  test.for([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [301, "PUT", "PUT", "x"],
    [307, "POST", "POST", "x"],
    [308, "PUT", "PUT", "x"],
  ] as const)("%i turns %s into %s", async ([status, method, after, body]) => {
    await using server = await redirecting(status, () => "/end");
    const { net, intents } = netTo(server.port);
    const response = await net.request({
      method,
      url: `http://127.0.0.1:${server.port}/`,
      body: "x",
      headers: { "content-type": "text/plain", cookie: "c" },
    });
    expect(response).toMatchObject({ status: 200, url: `http://127.0.0.1:${server.port}/end` });
    expect(server.seen[1]).toMatchObject({ method: after, body, headers: { cookie: "c" } });
    expect("content-type" in (server.seen[1]?.headers ?? {})).toBe(body !== "");
    expect(intents.map((intent) => intent.split(" ")[0])).toEqual([method, after]);
  });

  test("303 leaves HEAD as it is", async () => {
    await using server = await redirecting(303, () => "/end");
    await netTo(server.port).net.request({ method: "HEAD", url: `http://127.0.0.1:${server.port}/` });
    expect(server.seen.map(({ method }) => method)).toEqual(["HEAD", "HEAD"]);
  });

  test("to another origin carries nothing secret", async () => {
    await using other = await startServer((_, response) => response.end("end"));
    await using server = await redirecting(307, () => `http://127.0.0.1:${other.port}/`);
    const headers = {
      Authorization: "Bearer a",
      Cookie: "b",
      "X-Api-Key": "c",
      "X-Auth-Token": "d",
      "x-plain": "e",
    };
    await netTo(server.port, other.port).net.request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
      headers,
    });
    expect(server.seen[0]?.headers).toMatchObject({ authorization: "Bearer a", "x-plain": "e" });
    const {
      authorization,
      cookie,
      "x-api-key": key,
      "x-auth-token": token,
      "x-plain": plain,
    } = other.seen[0]?.headers ?? {};
    expect([authorization, cookie, key, token, plain]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      "e",
    ]);
  });

  test("loop ends after five hops", async () => {
    await using server = await redirecting(302, () => "/again");
    await expect(
      netTo(server.port).net.request({ method: "GET", url: `http://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
      message: expect.stringContaining("more than 5"),
    });
    expect(server.seen).toHaveLength(6);
  });

  test.for([
    ["not followed on request", { followRedirects: false }, 302],
    ["without a location", {}, 304],
  ] as const)("is an answer like any other %s", async ([, parts, status]) => {
    await using server = await startServer((_, response) =>
      response.writeHead(status, status === 302 ? { location: "/end" } : {}).end(),
    );
    const response = await netTo(server.port).net.request({
      method: "GET",
      url: `http://127.0.0.1:${server.port}/`,
      ...parts,
    });
    expect([response.status, server.seen.length]).toEqual([status, 1]);
  });

  test("from https to http is refused", () => {
    const rules = { hosts: parseHostRules(["*"]), privateEndpoints: new Set<string>() };
    const hop: Hop = {
      target: parseTarget("https://example.com/", rules),
      method: "GET",
      headers: {},
      body: undefined,
    };
    expect(() => followRedirect(hop, 302, "http://example.com/", rules)).toThrowError(
      expect.objectContaining({ code: "EGRESS_REFUSED" }),
    );
    expect(followRedirect(hop, 302, "https://example.org/", rules)?.target.host).toBe("example.org");
  });
});
