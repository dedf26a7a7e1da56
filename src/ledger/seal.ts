import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import type { KeyRing } from "./key-ring.ts";
import { createKnownSecrets, type KnownSecrets } from "./known-secrets.ts";
import type { Box, Sealer } from "./ledger.ts";
import { looksSecret, mayHoldSecret } from "./secret-scan.ts";

const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals what is known, or looks, to be secret, under the keys of this key ring. */
export function createSealer(keys: KeyRing, known: KnownSecrets = createKnownSecrets()): Sealer {
  return {
    addRecentSecret: known.addRecent,
    suspects: (json) => mayHoldSecret(json) || known.occursIn(json),
    isSecret: (text, member) => looksSecret(text, member) || known.occursIn(text),

    seal(subject, value) {
      const salt = randomBytes(SALT_BYTES);
      const json = canonicalJson(value);
      const commitment = commit(salt, json);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keys.findOrMake(subject), nonce).setAAD(
        Buffer.from(commitment),
      );
      const content = JSON.stringify({ salt: salt.toString("base64"), json });
      const sealed = Buffer.concat([cipher.update(content, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return { commitment, subject, nonce, sealed };
    },

    open(box) {
      let failure = new RuntimeError(
        "PLAINTEXT_ERASED",
        `The key of ${box.subject}, which seals ${box.commitment}, is gone.`,
      );
      for (const key of keys.find(box.subject)) {
        try {
          return openWith(key, box);
        } catch (cause) {
          failure = new RuntimeError("LEDGER_CORRUPT", `The sealed value ${box.commitment} was changed.`, {
            cause,
          });
        }
      }
      throw failure;
    },
  };
}

function openWith(key: Buffer, box: Box): unknown {
  const { salt, json } = decrypt(box, key);
  if (commit(Buffer.from(salt, "base64"), json) === box.commitment) return JSON.parse(json);
  throw new Error("It is not the one that the commitment is for.");
}

function commit(salt: Buffer, json: string): string {
  return sha256(Buffer.concat([salt, Buffer.from(json)]));
}

function decrypt(box: Box, key: Buffer): { salt: string; json: string } {
  const end = box.sealed.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, box.nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(box.commitment))
    .setAuthTag(box.sealed.subarray(end));
  const text = decipher.update(box.sealed.subarray(0, end), undefined, "utf8") + decipher.final("utf8");
  return JSON.parse(text) as { salt: string; json: string };
}
