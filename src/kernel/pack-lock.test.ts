import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

import { openKeys } from "../ledger/keys.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { readPackDirectory } from "./pack-files.ts";
import { PACK_LOCK, signPack, verifyPack } from "./pack-lock.ts";

verifies("governance:packs");

const FILES = { "pack.yaml": "a pack", "capabilities/a_b.yaml": "a spec", "handlers/a_b.mjs": "code" };
const invalid = (message: string) => expect.objectContaining({ code: "SPEC_INVALID", message });

function signed() {
  using directory = scratch();
  const signer = openKeys(directory.path).signer("pack/weather");
  const lock = signPack(FILES, signer);
  return { signer, files: { ...FILES, [PACK_LOCK]: lock } };
}

test("what was signed holds, for the key that signed it", () => {
  const { files, signer } = signed();
  expect(verifyPack(files)).toBe(signer.verifier);
  expect(verifyPack(files, signer.verifier)).toBe(signer.verifier);
  expect(verifyPack(FILES)).toBeUndefined();
});

test.for<[string, Record<string, string | undefined>, string]>([
  ["a changed handler", { "handlers/a_b.mjs": "code " }, "not as it was signed: handlers/a_b.mjs"],
  ["a file more", { "handlers/a_c.mjs": "code" }, "not as it was signed: handlers/a_c.mjs"],
  ["a file less", { "capabilities/a_b.yaml": undefined }, "not as it was signed: capabilities/a_b.yaml"],
  ["no lock at all", { [PACK_LOCK]: undefined }, "it has no pack.lock"],
  ["a lock that is none", { [PACK_LOCK]: "hello" }, "it is no lock of a pack"],
])("%s is refused", ([, changes, message]) => {
  const { files, signer } = signed();
  const changed = Object.entries({ ...files, ...changes }).flatMap(([path, text]) =>
    text === undefined ? [] : [[path, text] as const],
  );
  expect(() => verifyPack(Object.fromEntries(changed), signer.verifier)).toThrow(
    invalid(`pack.lock: ${message}.`),
  );
});

test("a lock with other digests, or of another key, is refused", () => {
  const { files, signer } = signed();
  const forged = files[PACK_LOCK].replace(/[0-9a-f]{64}/, "0".repeat(64));
  expect(() => verifyPack({ ...files, [PACK_LOCK]: forged })).toThrow(
    expect.objectContaining({ code: "SPEC_INVALID" }),
  );
  const other = signed();
  expect(() => verifyPack(other.files, signer.verifier)).toThrow(
    expect.objectContaining({ code: "SPEC_INVALID" }),
  );
  const mixed = files[PACK_LOCK].replace(signer.verifier, other.signer.verifier);
  expect(() => verifyPack({ ...files, [PACK_LOCK]: mixed })).toThrow(
    expect.objectContaining({ code: "SPEC_INVALID" }),
  );
});

test.for<[string, (directory: string) => void]>([
  ["code that belongs to no capability's place", (at) => writeFileSync(join(at, "evil.mjs"), "code")],
  ["code in a directory of its own", (at) => put(at, "handlers/lib/more.mjs", "code")],
  ["a link to somewhere else", (at) => symlinkSync("/etc/hostname", join(at, "more.yaml"))],
  ["a linked directory", (at) => symlinkSync("/etc", join(at, "capabilities"))],
  ["bytes that are no text", (at) => writeFileSync(join(at, "more.yaml"), Buffer.of(0xff, 0xfe))],
])("a directory with %s is no pack", ([, spoil]) => {
  using directory = scratch();
  put(directory.path, "pack.yaml", "a pack");
  expect(readPackDirectory(directory.path)).toEqual({ "pack.yaml": "a pack" });
  spoil(directory.path);
  expect(() => readPackDirectory(directory.path)).toThrow(expect.objectContaining({ code: "SPEC_INVALID" }));
});

function put(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

test("a pack has limits", () => {
  using directory = scratch();
  put(directory.path, "README.md", "x".repeat(1024 * 1024 + 1));
  expect(() => readPackDirectory(directory.path)).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
  );
});
