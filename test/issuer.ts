import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

const ISSUER = "https://issuer.test";
const DAY_S = 86_400;

type Algorithm = "EdDSA" | "ES256" | "RS256";

export type Minted = {
  readonly alg?: Algorithm;
  /** The name of the key; that of its algorithm unless it lies. */
  readonly kid?: string;
  readonly key?: CryptoKey;
  /** In place of ann's, a viewer's. */
  readonly claims?: JWTPayload;
};

type Options = { readonly audience?: string; readonly algorithms?: readonly Algorithm[] };

/** A system that issues tokens, for people and for agents that act for them; its public keys lie in a directory. */
export async function openIssuer(
  directory: string,
  { audience = "airun", algorithms = ["EdDSA"] }: Options = {},
) {
  const pairs = await Promise.all(algorithms.map(async (alg) => [alg, await generateKeyPair(alg)] as const));
  const keys = new Map(pairs);
  const publicKeys = await Promise.all(
    pairs.map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      kid: alg,
      alg,
      use: "sig",
    })),
  );
  const file = join(directory, "jwks.json");
  writeFileSync(file, JSON.stringify({ keys: publicKeys }));

  const claimsOf = (claims: JWTPayload = {}): JWTPayload => {
    const iat = Math.floor(Date.now() / 1000);
    return { iss: ISSUER, aud: audience, sub: "ann", roles: ["viewer"], iat, exp: iat + DAY_S, ...claims };
  };
  const mint = ({ alg = "EdDSA", kid = alg, key, claims }: Minted = {}): Promise<string> => {
    const own = keys.get(alg)?.privateKey;
    if (own === undefined) throw new Error(`the issuer has no key for ${alg}`);
    return sign(claimsOf(claims), { alg, kid }, key ?? own);
  };

  return {
    issuer: ISSUER,
    env: { AIF_RUNTIME_JWKS: file, AIF_RUNTIME_JWT_ISSUER: ISSUER, AIF_RUNTIME_JWT_AUDIENCE: audience },
    mint,
    tokenOf: (person: string, roles: readonly string[], agent?: string): Promise<string> =>
      mint({ claims: { sub: person, roles, ...(agent === undefined ? {} : { act: { sub: agent } }) } }),
    /** What somebody else makes who wants to be let in: as `mint` takes it, without its keys. */
    forge: {
      unsigned: (claims?: JWTPayload) => `${encode({ alg: "none" })}.${encode(claimsOf(claims))}.`,
      /** The public key's bytes as the secret of a symmetric algorithm. */
      confused: (claims?: JWTPayload) =>
        sign(claimsOf(claims), { alg: "HS256", kid: "EdDSA" }, Buffer.from(JSON.stringify(publicKeys[0]))),
      /** Another key under a known name. */
      foreign: async (claims?: JWTPayload) =>
        mint({
          key: (await generateKeyPair("EdDSA")).privateKey,
          ...(claims === undefined ? {} : { claims }),
        }),
    },
  };
}

/** Another character in the middle of the signature: in its last one are bits that no decoder looks at. */
export function withChangedSignature(token: string): string {
  const at = Math.floor((token.lastIndexOf(".") + token.length) / 2);
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

const sign = (claims: JWTPayload, header: { alg: string; kid: string }, key: CryptoKey | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);
