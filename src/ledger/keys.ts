import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";

import { sha256 } from "../contract/digest.ts";
import { RuntimeError, fromSystem } from "../contract/errors.ts";
import { type KeyRing, openKeyRing } from "./key-ring.ts";
import { type Signer, createSigner } from "./note.ts";
import { makePrivate, makePrivateDir, readPrivate, syncDirectory } from "./private-file.ts";

/** The keys of an installation. None is read before it is needed, and the signing key is made on first use. */
export type Keys = {
  /** Under the name that a ledger's checkpoints have. */
  signer(name: string): Signer;
  /** Signers of keys that were replaced, newest first. */
  retiredSigners(name: string): Signer[];
  /** Replaces the signing key; the old one is kept to hand over the ledgers that it signed. */
  rotate(): void;
  readonly ring: KeyRing;
};

const RETIRED = /^ledger-\d{17}-[0-9a-f]{16}\.pem$/;

/** @throws OS_PERMISSION where a key can be read by others, LEDGER_CORRUPT where it is no key */
export function openKeys(homeDir: string): Keys {
  const directory = join(homeDir, "keys");
  const current = join(directory, "ledger.pem");

  const readOrMake = (): Buffer => {
    makePrivateDir(directory);
    const found = readPrivate(current);
    if (found !== undefined) return found;
    return makePrivate(current, newKey());
  };

  return {
    ring: openKeyRing(join(directory, "seal")),

    signer: (name) => createSigner(name, parseKey(current, readOrMake())),

    retiredSigners(name) {
      makePrivateDir(directory);
      const names = readdirSync(directory).filter((file) => RETIRED.test(file));
      return names
        .sort()
        .reverse()
        .map((file) => {
          const path = join(directory, file);
          return createSigner(name, parseKey(path, readPrivate(path)));
        });
    },

    rotate() {
      const old = readOrMake();
      const moment = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 17);
      makePrivate(join(directory, `ledger-${moment}-${sha256(old).slice(0, 16)}.pem`), old);
      const next = join(directory, `next-${sha256(old).slice(0, 16)}.pem`);
      makePrivate(next, newKey());
      try {
        renameSync(next, current);
        syncDirectory(directory);
      } catch (error) {
        throw fromSystem(error, current);
      }
    },
  };
}

function newKey(): Buffer {
  return Buffer.from(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
}

const parsed = new Map<string, KeyObject>();

function parseKey(path: string, pem: Buffer | undefined): KeyObject {
  const text = pem?.toString() ?? "";
  const known = parsed.get(text);
  if (known !== undefined) return known;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "ed25519") {
      parsed.set(text, key);
      return key;
    }
  } catch (cause) {
    throw new RuntimeError("LEDGER_CORRUPT", `${path}: is not a private key.`, { cause });
  }
  throw new RuntimeError("LEDGER_CORRUPT", `${path}: is not an Ed25519 key.`);
}
