import { timingSafeEqual } from "node:crypto";

import { sha256 } from "../contract/digest.ts";
import { ROLES, type Role } from "../contract/roles.ts";
import type { Principal } from "../contract/principal.ts";
import { Refusal } from "./problem.ts";
import type { Caller } from "./route.ts";

/** Finds out who sends a request. @throws Refusal */
export type Authenticate = (headers: Headers) => Promise<Caller>;

/** Checks a token that is no static one. @throws Refusal */
export type CheckToken = (token: string) => Promise<Caller>;

/** A bearer token: the one that lies in the home, or one that another system issued. */
export function createAuthenticate(options: {
  readonly token: string;
  /** Who holds the static token. */
  readonly holder: Principal;
  /** What it lets through to; everything unless told. */
  readonly roles?: readonly Role[];
  readonly checkToken?: CheckToken | undefined;
}): Authenticate {
  const expected = Buffer.from(sha256(options.token));
  const holder: Caller = {
    principal: options.holder,
    roles: new Set(options.roles ?? ROLES),
    expiresAtMs: null,
  };
  return async (headers) => {
    const token = bearerOf(headers);
    if (timingSafeEqual(Buffer.from(sha256(token)), expected)) return holder;
    if (options.checkToken === undefined) throw unauthenticated("The token is not the one of this server.");
    return options.checkToken(token);
  };
}

/** @throws Refusal where the token does not let through to what takes that role */
export function requireRole({ roles, principal }: Caller, role: Role): void {
  if (roles.has(role)) return;
  throw new Refusal(403, "NOT_AUTHORIZED", `The token of ${principal.human} does not have the role ${role}.`);
}

/** A refusal of whoever could not be told apart. */
export function unauthenticated(message: string, error = "invalid_token"): Refusal {
  // RFC 6750 §3
  return new Refusal(401, "UNAUTHENTICATED", message, {
    "www-authenticate": `Bearer realm="airun", error="${error}"`,
  });
}

function bearerOf(headers: Headers): string {
  const header = headers.get("authorization");
  if (header === null) throw unauthenticated("The header Authorization is missing.", "invalid_request");
  const [, token] = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header) ?? [];
  if (token === undefined)
    throw unauthenticated("The header Authorization is no `Bearer TOKEN`.", "invalid_request");
  return token;
}
