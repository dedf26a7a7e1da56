import { type KeyObject, createPublicKey, hash, sign, verify } from "node:crypto";

import { RuntimeError } from "../contract/errors.ts";

// C2SP signed-note: https://c2sp.org/signed-note
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The name of a ledger's log, which its signing key bears too. */
export function originOf(ledgerId: string): string {
  return `ai-first-runtime/${ledgerId}`;
}

/** Signs notes under a name, which tells readers whose key it is. */
export type Signer = { readonly name: string; readonly verifier: string; sign(text: string): Uint8Array };

/** The signer of an Ed25519 key under a name without spaces and plus signs. */
export function createSigner(name: string, privateKey: KeyObject): Signer {
  return {
    name,
    verifier: `${name}+${keyId(name, rawPublicKey(privateKey)).toString("hex")}+${publicKeyOf(privateKey)}`,
    sign: (text) => sign(null, Buffer.from(text), privateKey),
  };
}

/** The public key as it ends every verifier, whatever its name. */
export function publicKeyOf(privateKey: KeyObject): string {
  return typed(rawPublicKey(privateKey)).toString("base64");
}

/** The text, which ends with a line feed, with one signature. */
export function signNote(text: string, signer: Signer): string {
  const { name, keyId: id } = parseVerifier(signer.verifier);
  const signature = Buffer.concat([id, signer.sign(text)]).toString("base64");
  return `${text}\n\u2014 ${name} ${signature}\n`;
}

/**
 * The text of a note that this verifier's key has signed; signatures of other keys are ignored.
 *
 * @throws LEDGER_CORRUPT
 */
export function openNote(note: string, verifier: string): string {
  const { name, keyId: id, publicKey } = parseVerifier(verifier);
  const split = note.lastIndexOf("\n\n");
  const text = note.slice(0, split + 1);
  if (split < 0 || !note.endsWith("\n")) throw refused("it has no signature");
  for (const line of note.slice(split + 2, -1).split("\n")) {
    const [dash, signerName, encoded, ...rest] = line.split(" ");
    if (dash !== "\u2014" || encoded === undefined || rest.length > 0)
      throw refused("a signature line is malformed");
    const bytes = Buffer.from(encoded, "base64");
    if (signerName !== name || !bytes.subarray(0, KEY_ID_BYTES).equals(id)) continue;
    const signature = bytes.subarray(KEY_ID_BYTES);
    if (signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), publicKey, signature))
      return text;
    throw refused(`the signature of ${name} does not match`);
  }
  throw refused(
    `no signature is by the key ${verifier.slice(0, -1 - typed(Buffer.alloc(PUBLIC_KEY_BYTES)).toString("base64").length)}`,
  );
}

/** Whether one key of a name signed a text, outside a note. */
export function isSignedBy(verifier: string, text: string, signature: Uint8Array): boolean {
  return verify(null, Buffer.from(text), parseVerifier(verifier).publicKey, signature);
}

type Verifier = { readonly name: string; readonly keyId: Buffer; readonly publicKey: KeyObject };

/** The parts of `name+id+key`. @throws INPUT_INVALID */
export function parseVerifier(verifier: string): Verifier {
  const [name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifier)?.slice(1) ?? [];
  const bytes = Buffer.from(encoded ?? "", "base64");
  if (name === undefined || bytes.length !== 1 + PUBLIC_KEY_BYTES || bytes[0] !== ED25519)
    throw badVerifier(verifier);
  const raw = bytes.subarray(1);
  if (keyId(name, raw).toString("hex") !== id) throw badVerifier(verifier);
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
  return { name, keyId: keyId(name, raw), publicKey: createPublicKey({ key: jwk, format: "jwk" }) };
}

function badVerifier(verifier: string): RuntimeError {
  return new RuntimeError("INPUT_INVALID", `"${verifier}" is not an Ed25519 verifier key (name+id+key).`);
}

function refused(why: string): RuntimeError {
  return new RuntimeError("LEDGER_CORRUPT", `A signed note is not valid: ${why}.`);
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typed(publicKey)]), "buffer").subarray(
    0,
    KEY_ID_BYTES,
  );
}

function typed(publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(ED25519), publicKey]);
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url");
}
