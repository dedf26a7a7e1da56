import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { openKeys } from "./keys.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:secrets");

const NAME = "ai-first-runtime/test";

test("keys are made when they are needed first, for their owner alone, and stay", () => {
  using home = scratch();
  const keys = openKeys(home.path);
  expect(readdirSync(home.path)).toEqual([]);

  const { verifier } = keys.signer(NAME);
  const key = keys.ring.findOrMake("run/../1");
  expect([...keys.ring.find("run/../1")]).toEqual([key]);
  const files = readdirSync(home.path, { recursive: true, withFileTypes: true });
  for (const file of files) {
    const mode = statSync(join(file.parentPath, file.name)).mode & 0o777;
    expect(mode, file.name).toBe(file.isDirectory() ? 0o700 : 0o600);
  }
  expect(files.map(({ name }) => name).sort()).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}\.key$/),
    "keys",
    "ledger.pem",
    "seal",
  ]);

  const again = openKeys(home.path);
  expect(again.signer(NAME).verifier).toBe(verifier);
  expect([...again.ring.find("run/../1")]).toEqual([key]);
  expect([...again.ring.find("run 2")]).toEqual([]);
});

test("more keys than are kept in memory are found all the same", () => {
  using home = scratch();
  const { ring } = openKeys(home.path);
  const keys = Array.from({ length: 101 }, (_, i) => ring.findOrMake(`run-${i}`).toString("hex"));
  expect(new Set(keys).size).toBe(101);
  expect([...ring.find("run-0")].map((key) => key.toString("hex"))).toEqual([keys[0]]);
});

test("a destroyed key is gone from the disk under every name", () => {
  using home = scratch();
  const keys = openKeys(home.path);
  const key = keys.ring.findOrMake("a");
  keys.ring.destroy("a");
  keys.ring.destroy("never made");
  expect([...keys.ring.find("a")]).toEqual([]);
  expect([...openKeys(home.path).ring.find("a")]).toEqual([]);
  for (const file of readdirSync(home.path, { recursive: true, withFileTypes: true }))
    if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(key)).toBe(false);
  expect(keys.ring.findOrMake("a")).not.toEqual(key);
});

const signing = (home: string) => () => openKeys(home).signer(NAME);
const sealing = (home: string) => () => openKeys(home).ring.findOrMake("a");

test.for<[string, (home: string) => void, (home: string) => () => unknown, string, RegExp]>([
  [
    "the signing key can be read by the group",
    (home) => chmodSync(join(home, "keys/ledger.pem"), 0o640),
    signing,
    "OS_PERMISSION",
    /ledger\.pem: has mode 0640/,
  ],
  [
    "the signing key can be read by all",
    (home) => chmodSync(join(home, "keys/ledger.pem"), 0o604),
    signing,
    "OS_PERMISSION",
    /ledger\.pem: has mode 0604/,
  ],
  [
    "the directory can be entered by others",
    (home) => chmodSync(join(home, "keys"), 0o711),
    signing,
    "OS_PERMISSION",
    /keys: has mode 0711/,
  ],
  [
    "a sealing key can be read by the group",
    (home) => chmodSync(sealFile(home), 0o660),
    sealing,
    "OS_PERMISSION",
    /\.key: has mode 0660/,
  ],
  [
    "the signing key is no key",
    (home) => writeFileSync(join(home, "keys/ledger.pem"), "x"),
    signing,
    "LEDGER_CORRUPT",
    /is not a private key/,
  ],
  [
    "the signing key is of another kind",
    (home) => writeFileSync(join(home, "keys/ledger.pem"), rsaKey()),
    signing,
    "LEDGER_CORRUPT",
    /not an Ed25519 key/,
  ],
  [
    "a sealing key is cut",
    (home) => writeFileSync(sealFile(home), "x"),
    sealing,
    "LEDGER_CORRUPT",
    /a key has 32 bytes, not 1/,
  ],
])("keys are refused when %s", ([, spoil, use, code, message]) => {
  using home = scratch();
  openKeys(home.path).signer(NAME);
  openKeys(home.path).ring.findOrMake("a");
  spoil(home.path);
  expect(use(home.path)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test("a link in the place of a key is not followed", () => {
  using home = scratch();
  mkdirSync(join(home.path, "keys"), { mode: 0o700 });
  writeFileSync(join(home.path, "elsewhere"), "x", { mode: 0o600 });
  symlinkSync("../elsewhere", join(home.path, "keys/ledger.pem"));
  expect(signing(home.path)).toThrow(expect.objectContaining({ code: "PATH_REFUSED" }));
  expect(readFileSync(join(home.path, "elsewhere"), "utf8")).toBe("x");
});

test("a home that is a file is refused", () => {
  using home = scratch();
  writeFileSync(join(home.path, "keys"), "");
  expect(signing(home.path)).toThrow(/keys/);
  expect(sealing(home.path)).toThrow(/seal/);
});

test("processes that make the same key at the same time get the same one", async () => {
  using home = scratch();
  const outputs = await printedBySix(
    'console.log(keys.signer("n").verifier, keys.ring.findOrMake("a").toString("hex"));',
    home.path,
  );
  expect(new Set(outputs).size).toBe(1);
  expect(outputs[0]).toMatch(/^n\+/);
  expect(readdirSync(join(home.path, "keys")).sort()).toEqual(["ledger.pem", "seal"]);
});

test("processes that rotate at the same time lose no key that one of them has used", async () => {
  using home = scratch();
  const first = openKeys(home.path).signer(NAME).verifier;
  const verifiers = await printedBySix(
    `keys.rotate(); console.log(keys.signer("${NAME}").verifier);`,
    home.path,
  );
  const keys = openKeys(home.path);
  const kept = [keys.signer(NAME), ...keys.retiredSigners(NAME)].map(({ verifier }) => verifier);
  expect(kept).toEqual(expect.arrayContaining([first, ...verifiers]));
  expect(new Set(kept).size).toBe(kept.length);
  expect(kept.length).toBeGreaterThan(1);
});

/** What six processes print at once, each with the keys of this home. */
async function printedBySix(code: string, home: string): Promise<string[]> {
  const script = `
    const { openKeys } = await import("./src/ledger/keys.ts");
    const keys = openKeys(process.argv[1]);
    ${code}`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script, home], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  return Promise.all(
    children.map(async (child) => {
      let output = "";
      child.stdout.on("data", (chunk) => (output += String(chunk)));
      await once(child, "close");
      return output.trim();
    }),
  );
}

test("a home that was left by a kill in the middle is usable", () => {
  using home = scratch();
  const { verifier } = openKeys(home.path).signer(NAME);
  writeFileSync(join(home.path, "keys", ".0123456789abcdef.new"), "half a k", { mode: 0o600 });
  expect(openKeys(home.path).signer(NAME).verifier).toBe(verifier);
});

test("a rotation keeps the old keys, newest first", () => {
  using home = scratch();
  const keys = openKeys(home.path);
  const first = keys.signer(NAME).verifier;
  expect(keys.retiredSigners(NAME)).toEqual([]);
  keys.rotate();
  const second = keys.signer(NAME).verifier;
  keys.rotate();
  expect(new Set([first, second, keys.signer(NAME).verifier]).size).toBe(3);
  expect(keys.retiredSigners(NAME).map(({ verifier }) => verifier)).toEqual([second, first]);
  expect(keys.list().map(({ number, status }) => [number, status])).toEqual([
    [3, "active"],
    [2, "retired"],
    [1, "retired"],
  ]);
  expect(existsSync(join(home.path, "keys/ledger.pem"))).toBe(true);
});

function sealFile(home: string): string {
  const [name = ""] = readdirSync(join(home, "keys/seal"));
  return join(home, "keys/seal", name);
}

function rsaKey(): string | Buffer {
  return generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
}
