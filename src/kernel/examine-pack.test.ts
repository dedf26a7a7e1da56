import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import { openKeys } from "../ledger/keys.ts";
import { findAssets } from "./assets.ts";
import { examine } from "./examine.ts";
import { PACK_LOCK, signPack } from "./pack-lock.ts";
import { createRegistry } from "./registry.ts";

verifies("governance:chain", "governance:packs");

type Files = Readonly<Record<string, string>>;

const capability = (id: string, more: Partial<CapabilitySpec> = {}) =>
  JSON.stringify({
    ...specOf({ id, risk: { level: "HIGH", justification: "j", requires_approval: true } }),
    ...more,
  });
const workflow = (name: string, id: string) =>
  JSON.stringify({ name, version: "1.0.0", steps: [{ name: "a", capability_name: id }] });
const pack = (includes: object = {}, more: object = {}) =>
  JSON.stringify({ pack_id: "p", name: "p", version: "1.0.0", description: "d", includes, ...more });

/** What the files of a pack propose where another pack with a capability `there.it` is installed. */
function examined(files: Files, key?: string) {
  using directory = scratch();
  const installed = join(directory.path, "installed");
  const put = (under: string, texts: Files) => {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(directory.path, under, path)), { recursive: true });
      writeFileSync(join(directory.path, under, path), text);
    }
  };
  put("installed/packs/other@1.0.0", {
    "pack.json": pack({}, { name: "other" }),
    "capabilities/there_it.json": THERE,
  });
  put("proposed", files);
  const standing = { isActive: () => false, isInActivePack: () => false };
  const additions = { directory: installed, standing };
  const registry = createRegistry({ assets: findAssets({}), handlers: {}, additions });
  return examine({ registry, installed }, join(directory.path, "proposed"), key);
}

const THERE = capability("there.it");
const FOREIGN = {
  kind: "http",
  method: "GET",
  url: "https://a.example/",
} as unknown as CapabilitySpec["foreign"];
const OWN = { "capabilities/a_b.json": capability("a.b") };

test("what is here already is held as it is, and comes from nobody else", () => {
  expect(
    examined({
      "pack.json": pack(
        { capabilities: ["io.fs.read_file"], workflows: ["tidy_inbox", "own"] },
        { governance: { approval_roles: ["approver"] }, risk_profile: { max_risk: "MEDIUM" } },
      ),
      "own.json": workflow("own", "io.fs.make_dir"),
    }),
  ).toMatchObject({
    subject: { kind: "pack", name: "p", version: "1.0.0" },
    source: "internal",
    declared: "MEDIUM",
    held: {
      locks: [{ capability: "io.fs.read_file", handlerHash: expect.stringMatching(/^package /) }],
      workflows: [{ workflow: "tidy_inbox" }, { workflow: "own" }],
      approvalRoles: ["approver"],
    },
    // Also what only a workflow names could run.
    hazards: expect.arrayContaining([
      expect.objectContaining({ id: "io.fs.read_file" }),
      expect.objectContaining({ id: "io.fs.move" }),
      expect.objectContaining({ id: "io.fs.make_dir" }),
    ]),
  });
});

test.for<[string, Files, string]>([
  ["in a file of its name", OWN, "none"],
  ["in a file of its name and version", { "capabilities/a_b@1.0.0.json": capability("a.b") }, "none"],
  [
    "with a handler",
    { ...OWN, "handlers/a_b.mjs": "code" },
    "5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b",
  ],
  ["of another side", { "capabilities/a_b.json": capability("a.b", { foreign: FOREIGN }) }, "none"],
])("a capability that a pack brings %s is a stranger's, and held with its code", ([, files, handlerHash]) => {
  expect(examined({ "pack.json": pack(), ...files })).toMatchObject({
    source: "third_party",
    held: { locks: [{ capability: "a.b", handlerHash }], approvalRoles: undefined },
    hazards: [{ id: "a.b", risk: { level: "HIGH" } }],
  });
});

test("what another pack brought too has to be the same, to the byte", () => {
  const same = { "pack.json": pack(), "capabilities/there_it.json": THERE };
  expect(examined(same).held.locks).toMatchObject([{ capability: "there.it" }]);
  expect(() => examined({ ...same, "handlers/there_it.mjs": "code" })).toThrow(
    /there\.it 1\.0\.0 is there already, and another one, in the pack other/,
  );
  const newer = capability("there.it", { version: "1.1.0" });
  expect(examined({ ...same, "capabilities/there_it.json": newer }).held.locks).toMatchObject([
    { version: "1.1.0" },
  ]);
});

test("what is signed is a stranger's, and names the key", () => {
  using home = scratch();
  const signer = openKeys(home.path).signer("pack/p");
  const files = { "pack.json": pack({ capabilities: ["io.fs.read_file"] }) };
  expect(examined({ ...files, [PACK_LOCK]: signPack(files, signer) }, signer.verifier)).toMatchObject({
    source: "third_party",
    content: { signedBy: signer.verifier },
  });
  expect(() => examined(files, signer.verifier)).toThrow(/it has no pack\.lock/);
});

test.for<[string, Files, RegExp]>([
  ["without a declaration", OWN, /there is no pack\.yaml/],
  [
    "with two declarations",
    { "pack.json": pack(), "pack.yaml": pack() },
    /does not include its own workflow p\b/,
  ],
  [
    "with the handler of nothing",
    { "pack.json": pack(), "handlers/a_b.mjs": "code" },
    /handlers\/a_b\.mjs is the handler of no cap/,
  ],
  [
    "with a capability in another's file",
    { "pack.json": pack(), "capabilities/a_c.json": capability("a.b") },
    /a\.b belongs in capabilities\/a_b\.yaml, not in capabilities\/a_c\.json/,
  ],
  [
    "with a capability in another version's file",
    { "pack.json": pack(), "capabilities/a_b@1.0.1.json": capability("a.b") },
    /a\.b belongs in/,
  ],
  [
    "with another side and a handler",
    {
      "pack.json": pack(),
      "capabilities/a_b.json": capability("a.b", { foreign: FOREIGN }),
      "handlers/a_b.mjs": "code",
    },
    /a\.b names another side that does it, and brings a handler too/,
  ],
  [
    "with an id of the package",
    { "pack.json": pack(), "capabilities/io_fs_move.json": capability("io.fs.move", { version: "9.0.0" }) },
    /the capability id io\.fs\.move belongs to the package/,
  ],
  [
    "with a workflow that it does not include",
    { "pack.json": pack(), "own.json": workflow("own", "io.fs.move") },
    /does not include its own workflow own/,
  ],
  [
    "with a name of another workflow",
    { "pack.json": pack({ workflows: ["tidy_inbox"] }), "own.json": workflow("tidy_inbox", "io.fs.move") },
    /the workflow "tidy_inbox" is there already/,
  ],
  [
    "that includes what is not there",
    { "pack.json": pack({ capabilities: ["no.such"] }) },
    /There is no capability "no\.such"/,
  ],
  [
    "that includes a workflow that is not there",
    { "pack.json": pack({ workflows: ["nope"] }) },
    /There is no workflow "nope"/,
  ],
])("a pack %s is refused", ([, files, message]) => {
  expect(() => examined(files)).toThrow(message);
});
