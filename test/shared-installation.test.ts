import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createRuntime, type Runtime } from "../src/index.ts";
import { openHome } from "../src/installation.ts";
import { PACKAGE_ROOT } from "../src/kernel/package-root.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("ledger:chain", "governance:red-line");

/** A runtime in a workspace of its own, below a directory with the home. */
async function openIn(
  directory: string,
  workspace: string,
  more: NodeJS.ProcessEnv = {},
  options: Parameters<typeof createRuntime>[0] = {},
): Promise<Runtime> {
  const env = { PATH: process.env["PATH"], AI_FIRST_HOME: join(directory, "home"), ...more };
  return createRuntime({ ...options, workspace: join(directory, workspace), env });
}

test("runtimes of one home and environment share it, and it is closed with the last of them", async () => {
  using directory = scratch();
  const [one, two] = await Promise.all([openIn(directory.path, "a"), openIn(directory.path, "b")]);
  expect(two.homeLedger).toBe(one.homeLedger);
  expect([...one.homeLedger.entries({ types: ["policy-changed"] })]).toHaveLength(1);
  await one.close();
  await one.close();
  expect((await two.run("io.fs.write_file", { inputs: { path: "f", content: "x" } })).status).toBe(
    "COMPLETED",
  );
  await two.close();
  expect(() => two.homeLedger.head()).toThrow(expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }));
  await using three = await openIn(directory.path, "a");
  expect(three.homeLedger).not.toBe(one.homeLedger);
  expect(three.homeLedger.id).toBe(one.homeLedger.id);
});

test.for([
  ["another environment", { TOOL_TOKEN: "of-the-second-alone" }],
  ["another home", { AI_FIRST_HOME: "other-home" }],
] as const)("%s is opened by itself", async ([, more]) => {
  using directory = scratch();
  const home = "AI_FIRST_HOME" in more ? { AI_FIRST_HOME: join(directory.path, "other") } : more;
  await using one = await openIn(directory.path, "a");
  await using two = await openIn(directory.path, "b", home);
  expect(two.homeLedger).not.toBe(one.homeLedger);
});

test("a home that another one took the place of is not taken for it", async () => {
  using directory = scratch();
  await using one = await openIn(directory.path, "a");
  renameSync(join(directory.path, "home"), join(directory.path, "moved"));
  await using two = await openIn(directory.path, "b");
  expect(two.homeLedger.id).not.toBe(one.homeLedger.id);
});

test("what is frozen counts at once for everybody", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path, "a");
  await using home = await openHome({
    PATH: process.env["PATH"],
    AI_FIRST_HOME: join(directory.path, "home"),
  });
  for (const { subject, locks } of home.governance.state().governed.values())
    if (locks.some(({ capability }) => capability === "io.fs.write_file"))
      await home.governance.change(home.principal, subject, "FROZEN", "a test");
  const view = await runtime.run("io.fs.write_file", { inputs: { path: "f", content: "x" } });
  expect(view.failure).toMatchObject({ code: "NOT_ACTIVE" });
});

test("specs that lie elsewhere are read anew by each runtime: drift is seen beside one that is open", async () => {
  using directory = scratch();
  const assets = join(directory.path, "assets");
  cpSync(join(PACKAGE_ROOT, "assets"), assets, { recursive: true });
  const more = { AI_FIRST_ASSETS_DIR: assets };
  const inputs = { path: "f", content: "x" };
  await using one = await openIn(directory.path, "a", more);
  expect((await one.run("io.fs.write_file", { inputs })).status).toBe("COMPLETED");
  const spec = join(assets, "capabilities/validated/stdlib/io_fs_write_file.yaml");
  writeFileSync(spec, readFileSync(spec, "utf8").replace("Writes a text file", "Writes any file"));
  await using two = await openIn(directory.path, "b", more);
  expect((await two.run("io.fs.write_file", { inputs })).failure).toMatchObject({ code: "DRIFTED" });
});
