import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import type { Handler } from "../contract/handler.ts";
import { EMBEDDED } from "../contract/reach.ts";
import { holdDirectory } from "../workspace/walk.ts";
import type { LoadedCapability } from "./capabilities.ts";
import { foresee } from "./foresee.ts";

verifies("governance:handshake", "ledger:secrets");

const NOON = Date.parse("2026-01-01T12:00:00Z");

const writing: Handler = async ({ fs }, { path, text }) => {
  await fs.write(String(path), String(text));
  return {};
};
const stamping: Handler = async ({ fs, now }) => {
  await fs.write("stamp", new Date(now()).toISOString());
  return {};
};
const removing: Handler = async ({ fs }, { path }) => {
  await fs.remove(String(path), { recursive: true });
  return {};
};

function loadedOf(handler: Handler, spec: Partial<CapabilitySpec> = {}): LoadedCapability {
  return {
    spec: specOf({ side_effects: ["filesystem_write", "filesystem_delete"], ...spec }),
    specHash: "",
    handlerHash: "package 1.0.0",
    hasHandler: true,
    handler: () => Promise.resolve(handler),
    origin: "test",
  };
}

async function look(at: string, loaded: LoadedCapability, inputs: Record<string, unknown> = {}, now = NOON) {
  using directory = holdDirectory(at);
  return await foresee(loaded, { directory, prefix: [], step: "s", idempotencyKey: "k" }, inputs, () => now);
}

test("a call is tried out, and nothing of it is done", async () => {
  using at = scratch();
  const call = { path: "a.txt", text: "hi\n" };
  const first = await look(at.path, loadedOf(writing), call);
  expect(first).toMatchObject({
    changes: [{ kind: "create", target: "a.txt", diff: expect.stringContaining("+hi"), bytes: { after: 3 } }],
    isAll: true,
    isVague: false,
    failure: null,
  });
  expect(await look(at.path, loadedOf(writing), call)).toEqual(first);
  expect((await look(at.path, loadedOf(writing), { ...call, text: "ho\n" }))?.digest).not.toBe(first?.digest);
});

test("what would not be the same twice holds for what lies there alone", async () => {
  using at = scratch();
  const first = await look(at.path, loadedOf(stamping));
  expect(first).toMatchObject({ isVague: true, changes: [{ kind: "create", target: "stamp" }] });
  expect((await look(at.path, loadedOf(stamping), {}, NOON + 1))?.digest).toBe(first?.digest);
  writeFileSync(join(at.path, "stamp"), "somebody's own");
  expect((await look(at.path, loadedOf(stamping)))?.digest).not.toBe(first?.digest);
});

test("a call that would fail says why", async () => {
  using at = scratch();
  expect(await look(at.path, loadedOf(removing), { path: "gone" })).toMatchObject({
    changes: [],
    failure: expect.stringMatching(/^FILE_NOT_FOUND: "gone"/),
  });
});

const mustNotStart = () => Promise.reject(new Error("it was started"));

test.for<[string, Partial<LoadedCapability>]>([
  ["of a pack is not started", { pack: { kind: "pack", name: "p", version: "1.0.0" } }],
  ["of the embedding program is not started", { handlerHash: EMBEDDED }],
  ["that leaves the workspace is not started", { spec: specOf({ side_effects: ["network_read"] }) }],
])("code %s before somebody said yes", async ([, parts]) => {
  using at = scratch();
  expect(await look(at.path, { ...loadedOf(writing), handler: mustNotStart, ...parts })).toBeNull();
});

describe("an answer does not hold any more", () => {
  test.for<[string, (path: string) => void, (path: string) => void]>([
    ["a link leads elsewhere", (path) => symlinkSync("a", path), (path) => symlinkSync("b", path)],
    [
      "a directory has other permissions",
      (path) => mkdirSync(path, { mode: 0o700 }),
      (path) => mkdirSync(path, { mode: 0o750 }),
    ],
    ["a file has other content", (path) => writeFileSync(path, "a"), (path) => writeFileSync(path, "b")],
    [
      "a file has other permissions",
      (path) => writeFileSync(path, "a"),
      (path) => {
        writeFileSync(path, "a");
        chmodSync(path, 0o600);
      },
    ],
    ["a large file was written at another time", (path) => large(path, 1), (path) => large(path, 2)],
    [
      "there is more in a directory",
      (path) => mkdirSync(path),
      (path) => mkdirSync(`${path}/x`, { recursive: true }),
    ],
  ])("where %s", async ([, put, putAnother]) => {
    using at = scratch();
    const path = join(at.path, "it");
    const digestNow = async () => (await look(at.path, loadedOf(removing), { path: "it" }))?.digest;
    put(path);
    const digest = await digestNow();
    expect(await digestNow()).toBe(digest);
    rmSync(path, { recursive: true });
    putAnother(path);
    expect(await digestNow()).not.toBe(digest);
  });
});

function large(path: string, modifiedAt: number): void {
  writeFileSync(path, "");
  truncateSync(path, 9 * 1024 * 1024);
  utimesSync(path, modifiedAt, modifiedAt);
}

const SECRET = { type: "string", "x-sensitive": true };

test.for<[string, Record<string, unknown>, Record<string, unknown>, boolean]>([
  ["a plain value", { properties: { key: SECRET } }, {}, true],
  ["a secret", { properties: { key: SECRET } }, { key: "k" }, false],
  ["a secret inside a value", { properties: { to: { properties: { key: SECRET } } } }, { to: {} }, false],
  ["a secret with a slash in its name", { properties: { "a/b": SECRET } }, { "a/b": "k" }, false],
  ["a name that only looks like it", { properties: { "a/b": SECRET } }, { a: "k" }, true],
  ["names that anything secret may have", { additionalProperties: SECRET }, {}, false],
  ["a file whose name is a secret's", {}, { path: "ada.pem" }, false],
])("of a call with %s, content is told as far as it may be", async ([, inputs, given, isTold]) => {
  using at = scratch();
  const loaded = loadedOf(writing, { inputs: { ...inputs, type: "object" } });
  const foreseen = await look(at.path, loaded, { path: "a.txt", text: "k", ...given });
  expect(foreseen?.changes).toMatchObject([{ diff: isTold ? expect.any(String) : null }]);
});
