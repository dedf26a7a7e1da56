import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openGovernance } from "../governance/governance.ts";
import type { Principal, Runtime } from "../index.ts";
import { openIn } from "../../test/installation.ts";
import { workflow } from "../../test/run-script.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { inputsOf } from "./offers.ts";

verifies("governance:offers");

const freeze = async (runtime: Runtime, kind: "pack" | "facade", name: string) => {
  const me: Principal = { human: "root", agent: "", session: "s", service: "cli", scopes: ["local"] };
  const governance = openGovernance(runtime.homeLedger);
  const [, { subject } = { subject: undefined }] =
    [...governance.state().governed].find(([key]) => key.startsWith(`${kind} ${name}@`)) ?? [];
  const [human = ""] = governance.state().principals.keys();
  if (subject !== undefined) await governance.change({ ...me, human }, subject, "FROZEN", "test");
};
const names = async (runtime: Runtime) => (await runtime.offers()).map(({ name }) => name);

test("a fresh installation offers its facades, and the tools for agents", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  const offers = await runtime.offers();
  expect(offers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["io.fs.write_file", "net.http.get", "tidy-inbox"]),
  );
  // Approved, and offered by no pack; and a facade that was never approved.
  expect(offers.map(({ name }) => name)).not.toContain("sys.exec.run");
  expect(offers.map(({ name }) => name)).not.toContain("web-research");
  const tidy = offers.find(({ name }) => name === "tidy-inbox");
  expect(tidy).toMatchObject({ kind: "facade", target: "tidy_inbox", outputs: null });
  expect(tidy?.contracts.map(({ id }) => id)).toContain("io.fs.move");
  expect(tidy?.phrases).toContain("整理收件箱");
});

test.for([
  ["pack", "agent-tools", "io.fs.stat", true],
  // The standard library has it too; what a pack offers and no ACTIVE one offers is not offered.
  ["pack", "stdlib", "io.fs.stat", false],
  ["pack", "demo", "tidy-inbox", true],
  ["facade", "tidy-inbox", "tidy-inbox", true],
] as const)("when the %s %s is frozen, %s is not offered: %s", async ([kind, pack, name, goes]) => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  expect(await names(runtime)).toContain(name);
  await freeze(runtime, kind, pack);
  expect((await names(runtime)).includes(name)).toBe(!goes);
  expect((await runtime.offer(name)) === undefined).toBe(goes);
});

test("what drifted is not offered, and its pack is suspended", async () => {
  using directory = scratch();
  const assets = join(directory.path, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  const env = { AI_FIRST_HOME: join(directory.path, "home"), AI_FIRST_ASSETS_DIR: assets };
  {
    await using runtime = await openIn(directory.path, { env });
    expect(await names(runtime)).toContain("net.http.get");
  }
  const pack = join(assets, "packs/agent-tools/pack.yaml");
  writeFileSync(pack, readFileSync(pack, "utf8").replace("- sys.info.get_time", "- sys.exec.run"));
  await using runtime = await openIn(directory.path, { env });
  expect(await names(runtime)).toEqual(["tidy-inbox"]);
  const [suspended] = runtime.homeLedger.entries({ types: ["subject-suspended"] });
  expect(suspended?.data.subject.name).toBe("agent-tools");
});

test("a facade is offered, and lets somebody through, only in the environments that it is for", async () => {
  using directory = scratch();
  const assets = join(directory.path, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  const facade = join(assets, "specs/facades/tidy-inbox.yaml");
  writeFileSync(
    facade,
    readFileSync(facade, "utf8").replace("constraints:", "constraints:\n  supported_environments: [staging]"),
  );
  const env = { AI_FIRST_HOME: join(directory.path, "home"), AI_FIRST_ASSETS_DIR: assets };
  {
    await using staging = await openIn(directory.path, { env: { ...env, AI_FIRST_ENVIRONMENT: "staging" } });
    expect(await names(staging)).toContain("tidy-inbox");
  }
  await using other = await openIn(directory.path, { env: { ...env, AI_FIRST_ENVIRONMENT: "production" } });
  expect(await names(other)).not.toContain("tidy-inbox");
  await expect(other.run("", { facade: "tidy-inbox" })).rejects.toMatchObject({
    code: "NOT_ACTIVE",
    message: expect.stringContaining('is for staging; this installation is "production"'),
  });
});

test("that nothing can be found out is no empty list", async () => {
  using directory = scratch();
  const runtime = await openIn(directory.path);
  await runtime.close();
  await expect(runtime.offers()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
});

test.for<[object, object]>([
  [
    { initial_state: { text: "a", list: [1], map: { a: 1 }, flag: false, count: 2, nothing: null } },
    {
      type: "object",
      properties: {
        text: { type: "string", default: "a" },
        list: { type: "array", default: [1] },
        map: { type: "object", default: { a: 1 } },
        flag: { type: "boolean", default: false },
        count: { type: "number", default: 2 },
        nothing: { default: null },
      },
      additionalProperties: true,
    },
  ],
  [
    { inputs: { type: "object", properties: { n: { type: "integer" } } }, initial_state: { n: 1 } },
    { type: "object", properties: { n: { type: "integer" } } },
  ],
])("a workflow with %j says what it takes", ([fields, inputs]) => {
  expect(inputsOf(workflow({ steps: [{ name: "a" }], ...fields }))).toEqual(inputs);
});
