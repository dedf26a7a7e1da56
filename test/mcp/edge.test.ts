import { existsSync } from "node:fs";
import { join } from "node:path";

import type { JWTPayload } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { type Minted, openIssuer, withChangedSignature } from "../issuer.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { headersFor, message, openSite, type Site } from "./site.ts";

verifies("mcp:http", "mcp:tokens");

const AUDIENCE = "http://127.0.0.1:1/mcp";
const directory = scratch();
const issuer = await openIssuer(directory.path, { audience: AUDIENCE, algorithms: ["EdDSA", "RS256"] });
const { forge } = issuer;
const now = Math.floor(Date.now() / 1000);
let minted = 0;

const claimsOf = (claims: JWTPayload = {}) => ({
  act: { sub: "bot" },
  roles: ["operator"],
  jti: `t${++minted}`,
  ...claims,
});
const mint = ({ claims, ...more }: Minted = {}) => issuer.mint({ ...more, claims: claimsOf(claims) });

let site: Site;
beforeAll(async () => {
  site = await openSite({ env: { ...issuer.env, AIF_RUNTIME_JWT_ONCE: "1" } });
  // Tokens that are good once are good only some seconds after the start.
  vi.useFakeTimers({ toFake: ["Date"], now: (now + 10) * 1000, shouldAdvanceTime: true });
});
afterAll(async () => {
  vi.useRealTimers();
  await site[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const LIST = message("tools/list");
const asPost = (body: unknown, headers: Readonly<Record<string, string>>, path = "/mcp") =>
  site.send({ method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body), path });

const TOKENS: readonly (readonly [name: string, token: () => string | Promise<string>, status: number])[] = [
  ["EdDSA", () => mint(), 200],
  ["RS256", () => mint({ alg: "RS256" }), 200],
  ["the one of assistants", () => site.agent, 200],
  ["the one of operators", () => site.control.token.token, 200],
  ["alg none", () => forge.unsigned(claimsOf()), 401],
  ["HS256 with the public key", () => forge.confused(claimsOf()), 401],
  ["a foreign key under a known kid", () => forge.foreign(claimsOf()), 401],
  ["the kid of another algorithm", () => mint({ kid: "RS256" }), 401],
  ["a kid that is a path", () => mint({ kid: "../../dev/null" }), 401],
  ["the audience of another server", () => mint({ claims: { aud: "http://127.0.0.1:2/mcp" } }), 401],
  ["an audience that begins alike", () => mint({ claims: { aud: `${AUDIENCE}/other` } }), 401],
  ["no audience", () => mint({ claims: { aud: undefined } as never }), 401],
  ["a wrong issuer", () => mint({ claims: { iss: "https://evil.test" } }), 401],
  ["expired", () => mint({ claims: { exp: now - 60 } }), 401],
  ["not yet valid", () => mint({ claims: { nbf: now + 600 } }), 401],
  ["a jti that was used", () => mint({ claims: { jti: "t1" } }), 401],
  ["no jti", () => mint({ claims: { jti: undefined } as never }), 401],
  ["no role", () => mint({ claims: { roles: [] } }), 403],
  ["a changed signature", async () => withChangedSignature(await mint()), 401],
  ["none at all", () => "", 401],
];

test.for(TOKENS)("a token: %s", async ([, token, status]) => {
  const headers = { ...headersFor(site, LIST), authorization: `Bearer ${await token()}` };
  const response = await asPost(LIST, headers);
  expect([response.status, await response.text()]).toEqual([status, expect.any(String)]);
  if (status === 200) return;
  const challenge = response.headers.get("www-authenticate") ?? "";
  expect(challenge).toMatch(/^Bearer realm="airun", error=/);
  const [, metadata = ""] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
  expect(await (await fetch(metadata)).json()).toMatchObject({
    resource: AUDIENCE,
    authorization_servers: [issuer.issuer],
  });
});

test("the token of assistants opens nothing but MCP", async () => {
  const authorization = `Bearer ${site.agent}`;
  const answers = await Promise.all(
    ["/v1/runs", "/v1/approvals", "/v1/health"].map((path) =>
      site.send({ method: "GET", path, headers: { authorization } }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
});

const viewer = async () => `Bearer ${await mint({ claims: { roles: ["viewer"] } })}`;

test("a viewer looks and calls nothing; the refusal says which role it takes", async () => {
  const listed = await asPost(LIST, { ...headersFor(site, LIST), authorization: await viewer() });
  expect(listed.status).toBe(200);
  const call = message("tools/call", {
    name: "io.fs.write_file",
    arguments: { path: "viewer.txt", content: "x" },
  });
  const refused = await asPost(call, { ...headersFor(site, call), authorization: await viewer() });
  expect(refused.status).toBe(403);
  expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="operator"');
  expect(existsSync(join(site.workspace, "viewer.txt"))).toBe(false);
});

const WRITE = message("tools/call", {
  name: "io.fs.write_file",
  arguments: { path: "edge.txt", content: "x" },
});
const without = (key: string) => {
  const { [`io.modelcontextprotocol/${key}`]: _, ...meta } = WRITE.params._meta as Record<string, unknown>;
  return { ...WRITE, params: { ...WRITE.params, _meta: meta } };
};

type Edge = readonly [
  name: string,
  change: { readonly headers?: Record<string, string>; readonly body?: unknown; readonly path?: string },
  status: number,
  code?: number,
];

const EDGE: readonly Edge[] = [
  ["another host", { headers: { host: "evil.test" } }, 421],
  ["a foreign origin", { headers: { origin: "https://evil.test" } }, 403],
  ["a null origin", { headers: { origin: "null" } }, 403],
  ["a token in the query", { path: "/mcp?access_token=x" }, 400],
  ["Mcp-Name of another tool", { headers: { "mcp-name": "io.fs.read_file" } }, 400, -32_020],
  ["Mcp-Method of another method", { headers: { "mcp-method": "tools/list" } }, 400, -32_020],
  ["another version in the header", { headers: { "mcp-protocol-version": "2025-11-25" } }, 400, -32_020],
  ["no version in _meta", { body: without("protocolVersion") }, 400, -32_602],
  ["no capabilities in _meta", { body: without("clientCapabilities") }, 400, -32_602],
  ["a batch", { body: [WRITE, WRITE] }, 400, -32_600],
  ["a text", { headers: { "content-type": "text/plain" } }, 415, -32_600],
  ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" }, 415, -32_600],
  ["no JSON", { body: "{" }, 400, -32_700],
  ["a member twice", { body: `{"id":1,"id":2}` }, 400, -32_700],
  ["__proto__", { body: `{"__proto__":{"x":1}}` }, 400, -32_700],
  ["depth", { body: `{"a":${'{"a":'.repeat(500)}1${"}".repeat(500)}}` }, 400, -32_700],
  ["too long", { body: `{"a":"${"x".repeat(1024 * 1024)}"}` }, 413, -32_600],
];

test.for(EDGE)("at the edge: %s", async ([, { headers = {}, body = WRITE, path }, status, code]) => {
  const response = await sendAsGiven({ ...headersFor(site, WRITE), ...headers }, body, path);
  expect(response.status).toBe(status);
  if (code !== undefined) expect(response.body).toMatchObject({ error: { code } });
  expect(existsSync(join(site.workspace, "edge.txt"))).toBe(false);
  expect(site.faults).toEqual([]);
});

/** With any header: `fetch` sets some itself. */
async function sendAsGiven(headers: Record<string, string>, body: unknown, path = "/mcp") {
  const { host } = new URL(site.url);
  const response = await site.control.app.request(`${site.url}${path}`, {
    method: "POST",
    headers: { host, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test("a session belongs to whom it was opened for", async () => {
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "old", version: "1" },
    },
  };
  const { authorization, accept } = headersFor(site, LIST);
  const plain = {
    authorization: authorization ?? "",
    accept: accept ?? "",
    "content-type": "application/json",
  };
  const opened = await asPost(initialize, plain);
  const session = opened.headers.get("mcp-session-id") ?? "";
  expect(session).not.toBe("");
  await opened.text();
  const list = { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} };
  const ask = async (more: Record<string, string>) => {
    const response = await asPost(list, { ...plain, "mcp-session-id": session, ...more });
    await response.text();
    return response.status;
  };
  expect(await ask({})).toBe(200);
  expect(await ask({ authorization: `Bearer ${await mint()}` })).toBe(404);
  expect(await ask({ "mcp-session-id": "00000000-0000-0000-0000-000000000000" })).toBe(404);
  expect(await ask({ authorization: "Bearer none" })).toBe(401);
});
