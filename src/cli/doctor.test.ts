import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { checkHome, checkKeys, checkNode, checkProc, checkSandbox, checkSpace } from "./doctor-machine.ts";
import { runFake } from "../../test/cli/run-fake.ts";
import { homeOf } from "../kernel/home.ts";
import { newHomeIn } from "../../test/home.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

type Checks = { ok: boolean; checks: { name: string; status: string; found: string; fix?: string }[] };

async function examine(directory: string, ...argv: readonly string[]) {
  const env = newHomeIn(directory);
  const { exitCode, stdout } = await runFake(["doctor", "--json", ...argv], { directory, env });
  const { ok, checks } = JSON.parse(stdout) as Checks;
  return { exitCode, ok, of: (name: string) => checks.find((check) => check.name === name) };
}

test("before the first run nothing is wrong, and the next step is named", async () => {
  using directory = scratch();
  const { of } = await examine(directory.path);
  for (const name of ["home", "keys", "home ledger", "workspace"])
    expect(of(name)).toMatchObject({ status: "warning", fix: expect.stringContaining("airun init") });
});

test("after a run the workspace is well", async () => {
  using directory = scratch();
  await runFake(["run", "sys.info.get_time"], { directory: directory.path });
  const { of } = await examine(directory.path);
  for (const name of [
    "node",
    "/proc",
    "home",
    "keys",
    "home ledger",
    "workspace",
    "ledger",
    "staging",
    "runs",
  ])
    expect(of(name)).toMatchObject({ status: "ok" });
});

test.for<[string, string, string | undefined]>([
  ["node", "warning", "network"],
  ["none", "wrong", '"none"'],
])("the sandbox %s is %s", async ([value, status, found]) => {
  expect(await checkSandbox({ AI_FIRST_SANDBOX: value })).toMatchObject({
    status,
    found: expect.stringContaining(String(found)),
    fix: expect.stringContaining("bubblewrap"),
  });
});

test("keys and a home that others reach are wrong", async () => {
  using directory = scratch();
  await runFake(["init"], { directory: directory.path });
  chmodSync(join(directory.path, "home/keys/ledger.pem"), 0o644);
  chmodSync(join(directory.path, "home"), 0o777);
  const { exitCode, ok, of } = await examine(directory.path);
  expect({ exitCode, ok }).toEqual({ exitCode: 20, ok: false });
  expect(of("keys")).toMatchObject({
    status: "wrong",
    found: expect.stringContaining("ledger.pem"),
    fix: expect.stringContaining("chmod"),
  });
  expect(of("home")).toMatchObject({ status: "wrong", fix: expect.stringContaining("chmod 700") });
});

test("a ledger that is no database is reported, and nothing crashes", async () => {
  using directory = scratch();
  await runFake(["init"], { directory: directory.path });
  writeFileSync(join(directory.path, "workspace/.ai-first/ledger.db"), "this is no database".repeat(500));
  writeFileSync(join(directory.path, "home/home.db"), "");
  const { exitCode, of } = await examine(directory.path);
  expect(exitCode).toBe(20);
  expect(of("ledger")).toMatchObject({ status: "wrong" });
});

test("what dead processes left half built is counted", async () => {
  using directory = scratch();
  await runFake(["init"], { directory: directory.path });
  mkdirSync(join(directory.path, "workspace/.ai-first/staging/0000aaaa-1-99999-1"));
  const { of } = await examine(directory.path);
  expect(of("staging")).toMatchObject({ status: "warning", fix: "airun recover" });
  await runFake(["recover"], { directory: directory.path });
  expect((await examine(directory.path)).of("staging")).toMatchObject({ status: "ok" });
});

test("an assets directory that is incomplete is named", async () => {
  using directory = scratch();
  const { exitCode, stdout } = await runFake(["doctor"], {
    directory: directory.path,
    env: { AI_FIRST_ASSETS_DIR: directory.path },
  });
  expect(exitCode).toBe(20);
  expect(stdout).toMatch(/✗ assets .*AI_FIRST_ASSETS_DIR: .*lacks [^]*fix: /);
  const smoke = await runFake(["smoke"], {
    directory: directory.path,
    env: { AI_FIRST_ASSETS_DIR: directory.path },
  });
  expect(smoke.exitCode).toBe(12);
  expect(smoke.stderr).toMatch(/^error ASSETS_INCOMPLETE: /);
});

test.for([
  ["20.1.0", "wrong"],
  ["24.0.0", "ok"],
  ["100.0.0", "ok"],
] as const)("Node %s is %s", ([version, status]) => {
  expect(checkNode(version).status).toBe(status);
});

test("looks that fail are findings", () => {
  expect(checkProc("darwin").status).toBe("wrong");
  expect(checkHome("/nonexistent/home").status).toBe("warning");
  expect(checkKeys("/nonexistent/home").status).toBe("warning");
  expect(checkSpace("/nonexistent").status).toBe("warning");
});

test("the home is where the environment says, or below the user's own", () => {
  expect(homeOf({ AI_FIRST_HOME: "/somewhere" })).toBe("/somewhere");
  expect(homeOf({ AI_FIRST_HOME: "" })).toMatch(/\.ai-first$/);
});
