import { readFileSync } from "node:fs";

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";

import { isObject } from "../contract/json.ts";
import type { Role } from "../contract/roles.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Environment } from "../kernel/home.ts";
import { type CheckToken, unauthenticated } from "./authenticate.ts";
import type { Caller } from "./route.ts";

// No symmetric one: a public key must never be taken for a shared secret.
const ALGORITHMS = ["EdDSA", "RS256", "ES256"];
const CLOCK_TOLERANCE_S = 5;
const MAX_REMEMBERED = 100_000;

/** What the roles of a token let through to. */
const GIVES: Readonly<Record<string, readonly Role[]>> = {
  viewer: ["viewer"],
  operator: ["viewer", "operator"],
  approver: ["viewer", "reviewer", "approver"],
  admin: ["viewer", "operator", "reviewer", "approver", "admin"],
};

/**
 * Checks tokens that another system signs, where AIF_RUNTIME_JWKS (a file, or an https URL) has its keys;
 * AIF_RUNTIME_JWT_ISSUER and AIF_RUNTIME_JWT_AUDIENCE must be set too. With AIF_RUNTIME_JWT_ONCE=1 a token is good
 * for one request, to the server that had been running for 5 seconds when it was issued.
 *
 * @throws INPUT_INVALID where one of them is missing or no use
 */
export function openTokenCheck(env: Environment): CheckToken | undefined {
  const jwks = env["AIF_RUNTIME_JWKS"] ?? "";
  if (jwks === "") return undefined;
  const [issuer, audience] = [needed(env, "AIF_RUNTIME_JWT_ISSUER"), needed(env, "AIF_RUNTIME_JWT_AUDIENCE")];
  const keys = keysAt(jwks);
  const isFresh = env["AIF_RUNTIME_JWT_ONCE"] === "1" ? rememberIds() : () => true;
  return async (token) => {
    const payload = await verified(token, keys, { issuer, audience });
    if (!isFresh(payload))
      throw unauthenticated(
        `The token has no jti, was used before, or was not issued between ${CLOCK_TOLERANCE_S} seconds after the start of this server and now.`,
      );
    return callerOf(payload);
  };
}

// No fault of the token: the issuer answers with an error, with something else than keys, or not in time.
const ABOUT_KEYS: ReadonlySet<string> = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID", "ERR_JWKS_TIMEOUT"]);

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Promise<JWTPayload> {
  const requiredClaims = ["sub", "exp"];
  const options = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims,
  };
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !ABOUT_KEYS.has(error.code))
      throw unauthenticated(`The token is not valid: ${error.message}.`);
    throw new RuntimeError("NETWORK_FAILED", "The keys that tokens are checked with cannot be had.", {
      cause: error,
    });
  }
}

function callerOf(payload: JWTPayload): Caller {
  const { sub = "", sid, jti, exp = 0, act } = payload;
  const roles = new Set(rolesIn(payload).flatMap((role) => GIVES[role] ?? []));
  return {
    principal: {
      human: named("sub", sub),
      // RFC 8693 §4.1: who acts for the subject
      agent: act === undefined ? "" : named("act.sub", isObject(act) ? act["sub"] : undefined),
      session: typeof sid === "string" ? sid : (jti ?? ""),
      service: "rest",
      scopes: [...roles],
    },
    roles,
    expiresAtMs: exp * 1000,
  };
}

function rolesIn({ roles, role }: JWTPayload): string[] {
  const all: unknown[] = Array.isArray(roles) ? roles : [roles ?? role];
  return all.filter((each) => typeof each === "string");
}

/** A name that is shown to people and compared with others. */
function named(claim: string, value: unknown): string {
  if (typeof value === "string" && /^[\w.@+:|/-]{1,200}$/.test(value)) return value;
  throw unauthenticated(`The claim ${claim} of the token is no name.`);
}

/**
 * Whether a token's id was not seen while it is valid. What the server before has seen, nobody knows any more: what it
 * may have taken, with an issuer's clock as far ahead as is let pass, is refused.
 */
function rememberIds(): (payload: JWTPayload) => boolean {
  const seen = new Map<string, number>();
  const startedAtS = Math.floor(Date.now() / 1000);
  return ({ jti, iat = 0, exp = 0 }) => {
    const nowS = Date.now() / 1000;
    if (iat <= startedAtS + CLOCK_TOLERANCE_S || iat > nowS + CLOCK_TOLERANCE_S) return false;
    if (seen.size >= MAX_REMEMBERED)
      for (const [id, end] of seen) if (end < nowS - CLOCK_TOLERANCE_S) seen.delete(id);
    // Full of valid ones: nothing is forgotten before its time.
    if (jti === undefined || seen.has(jti) || seen.size >= MAX_REMEMBERED) return false;
    seen.set(jti, exp);
    return true;
  };
}

function keysAt(place: string): JWTVerifyGetKey {
  if (/^https:\/\//i.test(place) || /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/i.test(place))
    return createRemoteJWKSet(new URL(place), { timeoutDuration: 5000 });
  if (/^\w+:\/\//.test(place))
    throw new RuntimeError(
      "INPUT_INVALID",
      `AIF_RUNTIME_JWKS: "${place}" is neither a file nor an https URL.`,
    );
  try {
    return createLocalJWKSet(JSON.parse(readFileSync(place, "utf8")) as JSONWebKeySet);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof errors.JOSEError)
      throw new RuntimeError("INPUT_INVALID", `AIF_RUNTIME_JWKS: "${place}" is no JSON Web Key Set.`, {
        cause: error,
      });
    throw fromSystem(error, `The file "${place}" of AIF_RUNTIME_JWKS`);
  }
}

function needed(env: Environment, name: string): string {
  const value = env[name] ?? "";
  if (value !== "") return value;
  throw new RuntimeError("INPUT_INVALID", `${name} is missing; with AIF_RUNTIME_JWKS it must be set.`);
}
