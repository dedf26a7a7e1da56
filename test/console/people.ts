import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { exportJWK, generateKeyPair, SignJWT } from "jose";

const ISSUER = "https://issuer.test";
const AUDIENCE = "airun";
const DAY_S = 86_400;

/** A system that issues tokens, for people and for agents that act for them; its keys lie in a directory. */
export async function openIssuer(directory: string) {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA");
  const file = join(directory, "jwks.json");
  const key = { ...(await exportJWK(publicKey)), kid: "one", alg: "EdDSA", use: "sig" };
  writeFileSync(file, JSON.stringify({ keys: [key] }));
  return {
    env: { AIF_RUNTIME_JWKS: file, AIF_RUNTIME_JWT_ISSUER: ISSUER, AIF_RUNTIME_JWT_AUDIENCE: AUDIENCE },
    tokenOf: (person: string, roles: readonly string[], agent?: string): Promise<string> => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: person,
        roles,
        iat: now,
        exp: now + DAY_S,
        ...(agent === undefined ? {} : { act: { sub: agent } }),
      };
      return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: "one" }).sign(privateKey);
    },
  };
}
