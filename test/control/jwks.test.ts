import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, test } from "vitest";

import { Problem } from "../../src/contract/rest/problem.ts";
import { startServer } from "../local-server.ts";
import { verifies } from "../requirements.ts";
import { openTestControl } from "./open.ts";

verifies("control:tokens");

const ISSUER = "https://issuer.test";
const [one, two] = [await generateKeyPair("EdDSA"), await generateKeyPair("EdDSA")];
const keyOf = async (kid: string, pair: typeof one) => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  alg: "EdDSA",
});

const envFor = (jwks: string) => ({
  AIF_RUNTIME_JWKS: jwks,
  AIF_RUNTIME_JWT_ISSUER: ISSUER,
  AIF_RUNTIME_JWT_AUDIENCE: "airun",
});

async function bearerOf(kid: string, pair: typeof one) {
  const token = await new SignJWT({ roles: ["viewer"] })
    .setProtectedHeader({ alg: "EdDSA", kid })
    .setIssuer(ISSUER)
    .setAudience("airun")
    .setSubject("ann")
    .setExpirationTime("1m")
    .sign(pair.privateKey);
  return { authorization: `Bearer ${token}` };
}

test("keys are read from an address, once for many tokens, and a key that is not among them is refused", async () => {
  const keys = [await keyOf("one", one)];
  await using issuer = await startServer((_, response) => response.end(JSON.stringify({ keys })));
  await using control = await openTestControl(envFor(`http://127.0.0.1:${issuer.port}/jwks.json`));
  for (let i = 0; i < 3; i++)
    expect((await control.ask("GET", "/v1/runs", undefined, await bearerOf("one", one))).status).toBe(200);
  expect(issuer.seen).toHaveLength(1);
  const foreign = await control.ask("GET", "/v1/runs", undefined, await bearerOf("two", two));
  expect(Problem.parse(foreign.body)).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
  // A foreign key under a known name.
  const forged = await control.ask("GET", "/v1/runs", undefined, await bearerOf("one", two));
  expect(forged.status).toBe(401);
});

test("an issuer that cannot be reached lets nobody in, and the static token still does", async () => {
  const gone = await startServer((_, response) => response.end());
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  await using control = await openTestControl(envFor(`http://127.0.0.1:${port}/jwks.json`));
  const answer = await control.ask("GET", "/v1/runs", undefined, await bearerOf("one", one));
  expect(Problem.parse(answer.body)).toMatchObject({ status: 502, code: "NETWORK_FAILED", retryable: true });
  expect(JSON.stringify(answer.body)).not.toContain(String(port));
  expect((await control.ask("GET", "/v1/runs")).status).toBe(200);
});

test.for<[string, number, string]>([
  ["an error", 500, ""],
  ["no JSON", 200, "<html>"],
  ["no keys", 200, "{}"],
])("an issuer that answers with %s is no fault of the token", async ([, status, body]) => {
  await using issuer = await startServer((_, response) => response.writeHead(status).end(body));
  await using control = await openTestControl(envFor(`http://127.0.0.1:${issuer.port}/jwks.json`));
  const answer = await control.ask("GET", "/v1/runs", undefined, await bearerOf("one", one));
  expect(Problem.parse(answer.body)).toMatchObject({ status: 502, code: "NETWORK_FAILED", retryable: true });
});

test.for(["http://issuer.example/jwks.json", "ftp://127.0.0.1/jwks.json"])(
  "keys are not read over %s",
  async (jwks) => {
    await expect(openTestControl(envFor(jwks))).rejects.toMatchObject({ code: "INPUT_INVALID" });
  },
);
