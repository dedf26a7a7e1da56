import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { digestOf } from "../contract/digest.ts";
import type { Subject } from "../contract/governance-event.ts";
import type { Assets } from "./assets.ts";
import { createRegistry, type Registry, type RegistryOptions } from "./registry.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:registry");

let root: string;
let assets: Assets;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "registry-"));
  assets = {
    stdlib: join(root, "stdlib"),
    external: join(root, "external"),
    packs: join(root, "packs"),
    facades: join(root, "facades"),
    workflows: join(root, "workflows"),
    isShipped: false,
  };
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const specOf = (id: string, version = "1.0.0", changes: object = {}) => ({
  id,
  version,
  name: id,
  description: `Does ${id}.`,
  operation: "READ",
  risk: { level: "LOW", justification: "None." },
  side_effects: ["read_only"],
  undo: { kind: "none" },
  inputs: { type: "object" },
  outputs: { type: "object" },
  ...changes,
});

function putSpec(file: string, ...spec: Parameters<typeof specOf>): void {
  put(`stdlib/${file}.json`, JSON.stringify(specOf(...spec)));
}

const handler = () => Promise.resolve({});
const load = () => Promise.resolve(handler);
const second = () => Promise.resolve({ second: true });

const registering =
  (...specs: readonly object[]) =>
  () =>
    open({ extra: specs.map((spec) => ({ spec, handler })) });

function open(options: Partial<RegistryOptions> = {}): Registry {
  return createRegistry({ assets, handlers: {}, ...options });
}

describe("a capability", () => {
  test("is found by its id, with the hash of its spec and its code", async () => {
    putSpec("io_fs_read_file", "io.fs.read_file");
    const registry = open({ handlers: { "io.fs.read_file": () => Promise.resolve(handler) } });
    const found = registry.capability("io.fs.read_file");
    expect(found).toMatchObject({ hasHandler: true, origin: join(assets.stdlib, "io_fs_read_file.json") });
    expect(found.specHash).toBe(digestOf(found.spec));
    expect(await found.handler()).toBe(handler);
    expect(registry.capability("io.fs.read_file")).toBe(found);
  });

  test("is read alone: a broken spec beside it does not matter", () => {
    putSpec("a_b", "a.b");
    put("stdlib/c_d.yaml", "broken: [");
    expect(open().capability("a.b").spec.id).toBe("a.b");
    expect(() => open().capability("c.d")).toThrow(expect.objectContaining({ code: "SPEC_INVALID" }));
    expect(() => open().capabilities()).toThrow(expect.objectContaining({ code: "SPEC_INVALID" }));
  });

  test("without code has a contract, and fails when it is called", async () => {
    putSpec("a_b", "a.b");
    const found = open().capability("a.b");
    expect(found.hasHandler).toBe(false);
    await expect(found.handler()).rejects.toMatchObject({
      code: "CAPABILITY_UNKNOWN",
      message: "a.b has a contract, but this installation has no code for it.",
    });
  });

  test.for<[string, string, string]>([
    ["a_b", "a.c", "id: a.c does not belong in a file named a_b"],
    ["a_b@1.2.0", "a.b", "version: 1.0.0 is not the 1.2.0 of the file's name"],
  ])("in the wrong file is refused: %s holds %s", ([file, id, message]) => {
    putSpec(file, id);
    expect(() => open().capability("a.b")).toThrow(message);
  });

  test.for([
    ["a.b", "b.c", "a.b_c", "a.b@1.0.0-x", "nope"],
    [""],
    ["../stdlib/a_b"],
    ["__proto__.x", "constructor", "a..b", "A.B", "x".repeat(1000)],
  ])("that does not exist is unknown: %j", (ids) => {
    putSpec("b_x", "b.x");
    putSpec("a_b_c", "a.b.c");
    for (const id of ids)
      expect(() => open().capability(id)).toThrow(expect.objectContaining({ code: "CAPABILITY_UNKNOWN" }));
  });

  test("that is misspelt is suggested", () => {
    putSpec("io_fs_read_file", "io.fs.read_file");
    expect(() => open().capability("io.fs.raed_file")).toThrow(
      'There is no capability "io.fs.raed_file"; did you mean "io.fs.read_file"?',
    );
  });

  test("that is only proposed cannot be executed", () => {
    put("external/net_search_google.yaml", "meta: {}");
    expect(() => open().capability("net.search.google")).toThrow(
      expect.objectContaining({ code: "PROPOSAL_NOT_EXECUTABLE" }),
    );
  });
});

describe("of several versions", () => {
  test.for<[string, string | undefined]>([
    ["a.b", "1.10.0"],
    ["a.b@^1.0.0", "1.10.0"],
    ["a.b@1.2.0", "1.2.0"],
    ["a.b@~1.2.0", "1.2.0"],
    ["a.b@>=1.2.0", "1.10.0"],
    ["a.b@2.0.0-beta.1", "2.0.0-beta.1"],
    ["a.b@^2.0.0", undefined],
  ])("%s is %s", ([reference, version]) => {
    putSpec("a_b", "a.b", "1.2.0");
    putSpec("a_b@1.10.0", "a.b", "1.10.0");
    putSpec("a_b@2.0.0-beta.1", "a.b", "2.0.0-beta.1");
    const registry = open();
    if (version === undefined)
      expect(() => registry.capability(reference)).toThrow(
        "No version of a.b is in the range ^2.0.0; there is 1.2.0, 1.10.0, 2.0.0-beta.1.",
      );
    else expect(registry.capability(reference).spec.version).toBe(version);
    expect(() => registry.capability("a.b@newest")).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID" }),
    );
    expect(registry.capabilities().map(({ spec }) => spec.version)).toEqual([
      "2.0.0-beta.1",
      "1.10.0",
      "1.2.0",
    ]);
    expect(registry.capabilityIds()).toEqual(["a.b"]);
  });

  test("each may have its own code", async () => {
    putSpec("a_b", "a.b", "1.0.0");
    putSpec("a_b@2.0.0", "a.b", "2.0.0");
    const registry = open({
      handlers: { "a.b": () => Promise.resolve(handler), "a.b@2.0.0": () => Promise.resolve(second) },
    });
    expect(await registry.capability("a.b").handler()).toBe(second);
    expect(await registry.capability("a.b@^1.0.0").handler()).toBe(handler);
  });

  test("a prerelease counts where there is nothing else", () => {
    putSpec("a_b", "a.b", "1.0.0-rc.1");
    putSpec("a_b@1.0.0-rc.2", "a.b", "1.0.0-rc.2");
    expect(open().capability("a.b").spec.version).toBe("1.0.0-rc.2");
  });
});

describe("a capability defined in code", () => {
  test("is like one of a file", async () => {
    const registry = open({ extra: [{ spec: specOf("my.own"), handler }] });
    expect(registry.capability("my.own@^1.0.0")).toMatchObject({
      origin: "registered",
      hasHandler: true,
      spec: { timeout_seconds: 30 },
    });
    expect(await registry.capability("my.own").handler()).toBe(handler);
    expect(registry.capabilities().map(({ spec }) => spec.id)).toEqual(["my.own"]);
  });

  test("takes no id that is taken", () => {
    putSpec("io_fs_read_file", "io.fs.read_file");
    const taken = expect.objectContaining({ code: "ALREADY_EXISTS" });
    expect(registering(specOf("io.fs.read_file", "9.0.0"))).toThrow(taken);
    expect(registering(specOf("io.fs.brand_new"))).not.toThrow();
    expect(registering(specOf("io.fs.brand_new"), specOf("io.fs.brand_new", "2.0.0"))).toThrow(taken);
  });

  test.for<[object, string]>([
    [{ id: "nodots" }, "id: must look like io.fs.write_file"],
    [{ operation: "DELETE" }, "risk.level: DELETE is at least HIGH, not LOW"],
    [
      { inputs: { type: "object", properties: { a: { $ref: "https://example.com" } } } },
      'inputs: A schema has the $ref "https://example.com"',
    ],
    [{ side_effects: ["filesystem_write"] }, "undo.kind: a writing capability must say how it is undone"],
  ])("with a bad contract is refused: %j", ([changes, message]) => {
    expect(() => open({ extra: [{ spec: specOf("my.own", "1.0.0", changes), handler }] })).toThrow(message);
  });
});

const putPack = (version: string, directory = `p@${version}`) =>
  put(
    `installed/packs/${directory}/pack.json`,
    JSON.stringify({ pack_id: "pack.p", name: "p", version, description: "d", includes: {} }),
  );
const putFacade = (version: string) =>
  put(
    `installed/facades/f@${version}/facade.json`,
    JSON.stringify({
      name: "f",
      version,
      description: "d",
      triggers: ["go"],
      routes: { primary: { type: "pack", ref: "p" } },
    }),
  );

const active = (...subjects: readonly string[]) => ({
  additions: {
    directory: join(root, "installed"),
    standing: {
      isInActivePack: () => false,
      isActive: ({ kind, name, version }: Subject) => subjects.includes(`${kind} ${name}@${version}`),
    },
  },
});
describe("what was installed", () => {
  test("is the ACTIVE version, else the newest", () => {
    for (const version of ["1.2.0", "1.10.0", "1.9.0"]) {
      putPack(version);
      putFacade(version);
    }
    const none = open(active());
    expect(none.pack("p").spec.version).toBe("1.10.0");
    expect(none.facade("f").spec.version).toBe("1.10.0");
    const one = open(active("pack p@1.2.0", "facade f@1.9.0"));
    expect(one.pack("pack.p").spec.version).toBe("1.2.0");
    expect(one.facade("f").spec.version).toBe("1.9.0");
    expect(() => one.pack("pack.q")).toThrow('There is no pack "pack.q".');
    expect(() => one.facade("x".repeat(200))).toThrow(`There is no facade "${"x".repeat(100)}".`);
  });

  test.for(["p", "@1.0.0", "p@newest", "p@1.0.0.1a2b3c4d.tmp", "p%2@1.0.0", "p%FF@1.0.0"])(
    "is not what lies in a directory %s",
    (directory) => {
      putPack("1.0.0", directory);
      expect(open(active()).packs()).toEqual([]);
    },
  );

  test("brings no code for an id of the package, and none that nobody can run", () => {
    putSpec("a_b", "a.b");
    put("installed/packs/p@1.0.0/capabilities/a_b.json", JSON.stringify(specOf("a.b", "9.0.0")));
    put("installed/packs/p@1.0.0/capabilities/c_d.json", JSON.stringify(specOf("c.d")));
    put("installed/packs/p@1.0.0/handlers/c_d.mjs", "export default async () => ({});");
    const registry = open(active());
    expect(registry.capabilities().map(({ spec: { id, version } }) => `${id} ${version}`)).toEqual([
      "a.b 1.0.0",
      "c.d 1.0.0",
    ]);
    expect(registry.capability("c.d")).toMatchObject({ hasHandler: false, pack: { name: "p" } });
    const running = open({ additions: { ...active().additions, runCode: load } });
    expect(running.capability("c.d").hasHandler).toBe(true);
  });
});
