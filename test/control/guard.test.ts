import type { JWTPayload } from "jose";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";

import { Problem } from "../../src/contract/rest/problem.ts";
import { ROUTES } from "../../src/control/routes.ts";
import { openIssuer, withChangedSignature } from "../issuer.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { openTestControl, type TestControl } from "./open.ts";

verifies("control:tokens", "control:edge");

const directory = scratch();
const { env, mint, forge } = await openIssuer(directory.path, { algorithms: ["EdDSA", "ES256", "RS256"] });
const now = Math.floor(Date.now() / 1000);

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl(env);
});
afterAll(async () => {
  await control[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const TOKENS: readonly (readonly [name: string, token: () => string | Promise<string>, status: number])[] = [
  ["EdDSA", () => mint(), 200],
  ["ES256", () => mint({ alg: "ES256" }), 200],
  ["RS256", () => mint({ alg: "RS256" }), 200],
  ["several audiences", () => mint({ claims: { aud: ["other", "airun"] } }), 200],
  ["alg none", () => forge.unsigned(), 401],
  ["HS256 with the public key", () => forge.confused(), 401],
  ["a foreign key under a known kid", () => forge.foreign(), 401],
  ["the kid of another algorithm", () => mint({ kid: "RS256" }), 401],
  ["an unknown kid", () => mint({ kid: "../../dev/null" }), 401],
  ["a wrong audience", () => mint({ claims: { aud: "other" } }), 401],
  ["no audience", () => mint({ claims: { aud: undefined } as never }), 401],
  ["a wrong issuer", () => mint({ claims: { iss: "https://evil.test" } }), 401],
  ["expired", () => mint({ claims: { exp: now - 60 } }), 401],
  ["no expiry", () => mint({ claims: { exp: undefined } as never }), 401],
  ["not yet valid", () => mint({ claims: { nbf: now + 600 } }), 401],
  ["no subject", () => mint({ claims: { sub: undefined } as never }), 401],
  ["a subject that deceives", () => mint({ claims: { sub: "ann\u202e" } }), 401],
  ["an actor without a name", () => mint({ claims: { act: {} } }), 401],
  ["no role", () => mint({ claims: { roles: [] } }), 403],
  ["an unknown role", () => mint({ claims: { roles: ["root"] } }), 403],
  ["a changed signature", async () => withChangedSignature(await mint()), 401],
  ["a guess at the static token", () => "airun_0000000000000000000000000000000", 401],
  ["no token at all", () => "", 401],
];

test.for(TOKENS)("a token: %s", async ([, token, status]) => {
  const answer = await control.ask("GET", "/v1/runs", undefined, {
    authorization: `Bearer ${await token()}`,
  });
  expect(answer.status).toBe(status);
  if (status === 401) {
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="airun", error=/);
    expect(Problem.parse(answer.body).code).toBe("UNAUTHENTICATED");
  }
});

const GIVES: Readonly<Record<string, readonly string[]>> = {
  viewer: ["viewer"],
  operator: ["viewer", "operator"],
  approver: ["viewer", "reviewer", "approver"],
  admin: ["viewer", "operator", "reviewer", "approver", "admin"],
};

test.for(Object.keys(GIVES))("the role %s is let through to its operations alone", async (role) => {
  const authorization = `Bearer ${await mint({ claims: { roles: [role] } })}`;
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/\{\w+\}/g, "none");
    const body = route.body === undefined ? undefined : {};
    const { status } = await control.send(route.method.toUpperCase(), path, body, { authorization });
    const isLet = route.role === "anybody" || GIVES[role]?.includes(route.role) === true;
    expect({ id: route.id, isRefused: status === 403 }).toEqual({ id: route.id, isRefused: !isLet });
  }
});

test("without a token nothing but what is open answers", async () => {
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/\{\w+\}/g, "none");
    const { status } = await control.send(route.method.toUpperCase(), path, route.body && {}, {});
    expect({ id: route.id, status }).toEqual({ id: route.id, status: route.role === "anybody" ? 200 : 401 });
  }
});

const EDGE: readonly (readonly [
  name: string,
  send: readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>],
  status: number,
])[] = [
  ["another host", ["GET", "/v1/runs", undefined, { host: "evil.test:8030" }], 421],
  ["another port", ["GET", "/v1/runs", undefined, { host: "127.0.0.1:1" }], 421],
  ["localhost", ["GET", "/v1/runs", undefined, { host: "localhost:8030" }], 200],
  ["a foreign origin", ["GET", "/v1/runs", undefined, { origin: "https://evil.test" }], 403],
  ["a null origin", ["GET", "/v1/runs", undefined, { origin: "null" }], 403],
  ["its own origin", ["GET", "/v1/runs", undefined, { origin: "http://127.0.0.1:8030" }], 200],
  ["a token in the query", ["GET", "/v1/runs?access_token=x"], 400],
  ["an unknown parameter", ["GET", "/v1/runs?offset=10"], 422],
  ["a parameter twice", ["GET", "/v1/runs?limit=1&limit=2"], 422],
  ["no JSON", ["POST", "/v1/runs", "target=x"], 400],
  ["a member twice", ["POST", "/v1/runs", '{"target":"a","target":"b"}'], 400],
  ["__proto__", ["POST", "/v1/runs", '{"__proto__":{"x":1}}'], 400],
  ["depth", ["POST", "/v1/runs", `{"inputs":${'{"a":'.repeat(500)}1${"}".repeat(500)}}`], 400],
  ["another content type", ["POST", "/v1/runs", "{}", { "content-type": "text/plain" }], 415],
  ["a form", ["POST", "/v1/runs", "a=b", { "content-type": "application/x-www-form-urlencoded" }], 415],
  ["too long", ["POST", "/v1/runs", `{"target":"${"x".repeat(1024 * 1024)}"}`], 413],
  [
    "an unknown member",
    ["POST", "/v1/runs", { target: "sys.info.get_time", principal: { human: "root" } }],
    422,
  ],
  ["a member of the engine's own", ["POST", "/v1/runs", { target: "sys.info.get_time", run: "mine" }], 422],
  ["a file of the machine as target", ["POST", "/v1/runs", { target: "/etc/passwd" }], 422],
  ["an unknown path", ["GET", "/v1/nothing"], 404],
  ["an unknown method", ["DELETE", "/v1/runs"], 405],
  ["a preflight", ["OPTIONS", "/v1/runs", undefined, { origin: "http://127.0.0.1:8030" }], 405],
  ["a path out of the workspace", ["GET", "/v1/files?path=..%2f..%2fetc"], 403],
  ["the runtime's own directory", ["GET", "/v1/files?path=.ai-first"], 403],
];

test.for(EDGE)("at the edge: %s", async ([, [method, path, body, headers = {}], status]) => {
  const answer = await control.ask(method, path, body, { ...control.bearer, ...headers });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  if (status >= 400) expect(Problem.parse(answer.body).status).toBe(status);
});

test("what a token's person does is theirs in the ledger", async () => {
  const authorization = `Bearer ${await mint({ claims: { roles: ["operator"], sub: "bob", act: { sub: "helper" } } })}`;
  const started = await control.ask("POST", "/v1/runs", { target: "sys.info.get_time" }, { authorization });
  expect(started.status).toBe(202);
  const { ledger } = control.station.runtime;
  const [row] = ledger.runs({ limit: 1 });
  expect(ledger.object(row?.by ?? "")).toMatchObject({ human: "bob", agent: "helper", service: "rest" });
});

test("with AIF_RUNTIME_JWT_ONCE a token is good for one request", async () => {
  const before = Math.floor(Date.now() / 1000);
  await using once = await openTestControl({ ...env, AIF_RUNTIME_JWT_ONCE: "1" });
  const isGood = async (claims: JWTPayload) => {
    const authorization = `Bearer ${await mint({ claims })}`;
    return (await once.ask("GET", "/v1/runs", undefined, { authorization })).status === 200;
  };
  // The server before may have seen it, with a clock of the issuer that was ahead.
  expect(await isGood({ jti: "early", iat: before + 5 })).toBe(false);
  vi.useFakeTimers({ toFake: ["Date"], now: (before + 600) * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await isGood({ jti: "ahead", iat: before + 604 })).toBe(true);
  expect(await isGood({ jti: "far ahead", iat: before + 606 })).toBe(false);
  const authorization = `Bearer ${await mint({ claims: { jti: "one" } })}`;
  expect((await once.ask("GET", "/v1/runs", undefined, { authorization })).status).toBe(200);
  expect((await once.ask("GET", "/v1/runs", undefined, { authorization })).status).toBe(401);
  // It may have been used before a restart.
  const older = { jti: "two", iat: before - 60 };
  expect(await isGood(older)).toBe(false);
  const without = `Bearer ${await mint()}`;
  expect((await once.ask("GET", "/v1/runs", undefined, { authorization: without })).status).toBe(401);
});
