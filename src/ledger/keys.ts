import { type KeyObject, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { type KeyRing, openKeyRing } from "./key-ring.ts";
import { type Signer, createSigner, publicKeyOf } from "./note.ts";
import { filesIn, makePrivate, makePrivateDir, readPrivate } from "./private-file.ts";

/** The keys of an installation. None is read before it is needed, and the signing key is made on first use. */
export type Keys = {
  /** Of the active signing key, under the name that a ledger's checkpoints have. */
  signer(name: string): Signer;
  /** Signers of keys that were replaced, newest first. */
  retiredSigners(name: string): Signer[];
  /** The signing keys that there are, newest first; none is made. */
  list(): SigningKey[];
  /**
   * Makes a new signing key the active one, and with it what seals from now on; what is there is kept for what it
   * signed and sealed. Whatever happens meanwhile, afterwards the active key is the old one or the new one.
   */
  rotate(): void;
  readonly ring: KeyRing;
};

export type SigningKey = {
  /** 1 for the first of this installation. */
  readonly number: number;
  readonly status: "active" | "retired";
  readonly madeAt: string;
  readonly publicKey: string;
};

const KEY_FILE = /^ledger(?:-([2-9]|[1-9]\d{1,5}))?\.pem$/;

/** @throws OS_PERMISSION where a key can be read by others, LEDGER_CORRUPT where it is no key */
export function openKeys(homeDir: string): Keys {
  const directory = join(homeDir, "keys");
  const pathOf = (number: number) => join(directory, number === 1 ? "ledger.pem" : `ledger-${number}.pem`);
  const numbers = () =>
    filesIn(directory)
      .flatMap((file) => {
        const match = KEY_FILE.exec(file);
        return match === null ? [] : Number(match[1] ?? 1);
      })
      .sort((one, other) => other - one);
  const activeNumber = () => numbers()[0] ?? 1;
  const read = (number: number) => parseKey(pathOf(number), readPrivate(pathOf(number)));

  const readOrMakeActive = (): KeyObject => {
    makePrivateDir(directory);
    const path = pathOf(activeNumber());
    return parseKey(path, readPrivate(path) ?? makePrivate(path, newKey()));
  };

  return {
    ring: openKeyRing(join(directory, "seal"), activeNumber),
    signer: (name) => createSigner(name, readOrMakeActive()),
    retiredSigners: (name) =>
      numbers()
        .slice(1)
        .map((number) => createSigner(name, read(number))),

    list: () =>
      numbers().map((number, index) => ({
        number,
        status: index === 0 ? "active" : "retired",
        madeAt: statSync(pathOf(number)).mtime.toISOString(),
        publicKey: publicKeyOf(read(number)),
      })),

    rotate() {
      readOrMakeActive();
      // Where another process rotates at the same time, both find the same new key.
      makePrivate(pathOf(activeNumber() + 1), newKey());
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
