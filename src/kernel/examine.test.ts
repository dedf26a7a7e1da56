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
  const route = { workflow: "no_such_workflow" };
  writeFileSync(
    path,
    JSON.stringify({ name: "lost", version: "1.0.0", description: "d", triggers: ["go"], routes: [route] }),
  );
  expect(() => examined(path)).toThrow();
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
