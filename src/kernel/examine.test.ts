import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { findAssets } from "./assets.ts";
import { examine } from "./examine.ts";
import { PACKAGE_ROOT } from "./package-root.ts";
import { createRegistry } from "./registry.ts";

verifies("governance:chain");

const registry = createRegistry({ assets: findAssets({}), handlers: {} });
const assets = (path: string) => join(PACKAGE_ROOT, "assets", path);
const examined = (path: string) => examine({ registry, installed: "/nonexistent" }, path);

test("a contract that is here is held with what runs it, and another one without", () => {
  const path = "capabilities/validated/stdlib/io_fs_read_file.yaml";
  const here = examined(assets(path));
  const { handlerHash } = registry.capability("io.fs.read_file");
  expect(here).toMatchObject({
    subject: { kind: "capability", name: "io.fs.read_file" },
    source: "internal",
    held: { locks: [{ capability: "io.fs.read_file", handlerHash }] },
    hazards: [{ id: "io.fs.read_file", operation: "READ" }],
  });

  using directory = scratch();
  const changed = join(directory.path, "io_fs_read_file.json");
  const { spec } = registry.capability("io.fs.read_file");
  writeFileSync(changed, JSON.stringify({ ...spec, description: "Reads, and more." }));
  const [lock] = examined(changed).held.locks;
  expect(lock).toMatchObject({ capability: "io.fs.read_file", version: spec.version });
  expect(lock?.handlerHash).not.toBe(handlerHash);
  expect(lock?.specHash).not.toBe(here.held.specHash);
});

test("a facade is as dangerous as everything that it leads to", () => {
  const { subject, held, hazards } = examined(assets("specs/facades/tidy-inbox.yaml"));
  expect(subject).toMatchObject({ kind: "facade", name: "tidy-inbox" });
  expect(held.packs?.map(({ pack }) => pack)).toEqual(["demo"]);
  const ids = hazards.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["io.fs.write_file", "io.fs.move"]));
  expect(new Set(ids).size).toBe(ids.length);
});

test("a facade that leads nowhere is refused", () => {
  using directory = scratch();
  const path = join(directory.path, "lost.json");
  const primary = { type: "workflow", ref: "no_such_workflow" };
  writeFileSync(
    path,
    JSON.stringify({
      name: "lost",
      version: "1.0.0",
      description: "d",
      triggers: ["go"],
      routes: { primary },
    }),
  );
  expect(() => examined(path)).toThrow(
    expect.objectContaining({
      code: "SUBJECT_UNKNOWN",
      message: `${path}: no pack that it leads to exists here.`,
    }),
  );
});

test("the file of a pack alone proposes what is here already", () => {
  expect(examined(assets("packs/demo/pack.yaml"))).toMatchObject({
    subject: { kind: "pack", name: "demo" },
    source: "internal",
    content: { files: { "pack.yaml": expect.any(String) } },
  });
});

test.for([
  ["net_search_google.yaml", "net.search.google"],
  ["io_file_pdf_export.yaml", "io.file.pdf_export"],
])("the older proposal %s is a stranger's, and reaches what its address says", ([file, id]) => {
  expect(examined(assets(`capabilities/validated/external/${file}`))).toMatchObject({
    subject: { kind: "capability", name: id },
    source: "third_party",
    held: { locks: [] },
    hazards: [{ operation: "NETWORK", network: { hosts: [expect.any(String)] } }],
  });
});

test.for<[string, object, object]>([
  ["no address", {}, { side_effects: ["network_write"], network: { hosts: ["*"] } }],
  [
    "an address that is only read",
    { endpoint_url: "https://a.example:8443/x", method: "GET" },
    { side_effects: ["network_read"], undo: { kind: "none" }, network: { hosts: ["a.example:8443"] } },
  ],
  [
    "an address that is written to",
    { endpoint_url: "https://a.example/x", method: "PUT" },
    { side_effects: ["network_write"], undo: { kind: "irreversible" }, network: { hosts: ["a.example"] } },
  ],
])("an older proposal with %s is as dangerous as that", ([, config, hazard]) => {
  using directory = scratch();
  const path = join(directory.path, "older.json");
  const meta = { id: "net.some.api", version: "0.1.0", author: "a", description: "d" };
  const proposal = { status: "PROPOSED", rationale: "r" };
  writeFileSync(path, JSON.stringify({ meta, adapter: { type: "http_api", config }, proposal }));
  expect(examined(path).hazards).toEqual([expect.objectContaining(hazard)]);
});

test.for<[string, string, RegExp]>([
  ["a workflow alone", JSON.stringify({ name: "w", steps: [] }), /propose the directory of a pack/],
  ["nothing that is known", JSON.stringify({ name: "w" }), /is no workflow, capability, pack/],
  ["a large file", " ".repeat(1024 * 1024 + 1), /more than 1048576 bytes/],
])("%s is refused", ([, text, message]) => {
  using directory = scratch();
  const path = join(directory.path, "proposed.json");
  writeFileSync(path, text);
  expect(() => examined(path)).toThrow(message);
});

test("a file that is not there is said so", () => {
  expect(() => examined("/nonexistent/x.yaml")).toThrow(expect.objectContaining({ code: "FILE_NOT_FOUND" }));
});
