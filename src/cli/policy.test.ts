import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Result, runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";

verifies("cli:commands", "governance:constitution", "governance:replay");

const NOTHING = '@id("nothing") @reason("not today") forbid (principal, action, resource);';
const HOOK = ["--input", "path=.git/hooks/x", "--input", "content=x"];

let directory: ReturnType<typeof scratch>;

beforeAll(async () => {
  directory = scratch();
  writeFileSync(join(directory.path, "nothing.cedar"), NOTHING);
  await airun("run", "io.fs.write_file", "--input", "path=a.txt", "--input", "content=x");
  await airun("run", "io.fs.write_file", ...HOOK);
});
afterAll(() => directory[Symbol.dispose]());

function airun(...argv: readonly string[]): Promise<Result> {
  return runFake(argv, { directory: directory.path });
}

async function json<Shape>(...argv: readonly string[]): Promise<Shape> {
  return JSON.parse((await airun(...argv, "--json")).stdout) as Shape;
}

test("show prints the set in force, every rule with its id", async () => {
  const { stdout } = await airun("policy", "show");
  expect(stdout).toMatch(/^shipped 1\.0\.0 {2}strict {2}sha256 [0-9a-f]{64}\n/);
  expect(stdout).toContain('@id("flow.secret-egress")');
});

test("check accepts what can be used, and names every fault of what cannot", async () => {
  expect(await airun("policy", "check", "nothing.cedar")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("nothing: 1 policy, strict"),
  });
  writeFileSync(
    join(directory.path, "wrong.cedar"),
    '@id("a") permit (principal, action, resource) when { resource.x };',
  );
  expect(await airun("policy", "check", "wrong.cedar")).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("a: "),
  });
  expect((await airun("policy", "check", "missing.cedar")).exitCode).toBe(12);
});

test("explain tells why a run was refused, and why a call would be", async () => {
  expect((await airun("policy", "explain", "last")).stdout).toMatch(
    /^deny io\.fs\.write_file {2}call: it would change a git/,
  );
  expect(await json("policy", "explain", "io.fs.write_file", ...HOOK)).toMatchObject([
    {
      run: null,
      outcome: "deny",
      rules: ["path.git"],
      receipt: { values: { 'context.protected["env","git","policy","runtime"]': ["git"] } },
    },
  ]);
  expect((await airun("policy", "explain", "io.fs.exists", "--input", "path=a")).stdout).toMatch(/^allow /);
  expect((await airun("policy", "explain", "last", "other")).exitCode).toBe(10);
});

test("test holds a set against a table", async () => {
  writeFileSync(
    join(directory.path, "cases.yaml"),
    `cases:
  - {name: a hook, capability: io.fs.write_file, inputs: {path: .git/x}, expect: deny, rules: [path.git]}
  - {name: after a secret, capability: net.http.get, session_labels: [secret], expect: deny}
  - {name: a file, capability: io.fs.write_file, inputs: {path: x}, expect: allow}
`,
  );
  expect(await airun("policy", "test", "cases.yaml")).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await airun("policy", "test", "cases.yaml", "--policy", "nothing.cedar");
  expect(exitCode).toBe(17);
  expect(stdout).toContain("✗ a hook: expected deny path.git, is deny by nothing");
  expect(stdout).toContain("✗ a file: expected allow, is deny by nothing");
  expect(stdout).toContain("3 cases, 2 failed");
});

test("the example cases hold", async () => {
  const cases = join(import.meta.dirname, "../../examples/policy-cases.yaml");
  expect(await airun("policy", "test", cases)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("6 cases, 0 failed"),
  });
});

test("diff shows what would have been decided otherwise", async () => {
  const { differences, requests } = await json<{ requests: number; differences: object[] }>(
    "policy",
    "diff",
    "active",
    "nothing.cedar",
  );
  expect(requests).toBe(2);
  expect(differences).toMatchObject([
    { before: { outcome: "allow" }, after: { outcome: "deny", rules: ["nothing"] } },
  ]);
  expect((await airun("policy", "diff", "active", "nowhere")).exitCode).toBe(12);
});

test("a proposed set decides nothing before somebody else approved it", async () => {
  expect((await airun("policy", "propose", "nothing.cedar")).exitCode).toBe(10);
  const { proposal } = await json<{ proposal: string }>(
    "policy",
    "propose",
    "nothing.cedar",
    "--reason",
    "why",
  );
  expect(await airun("policy", "activate", proposal)).toMatchObject({
    exitCode: 11,
    stderr: expect.stringContaining("was never approved"),
  });
  expect((await airun("policy", "show")).stdout).toMatch(/^shipped /);
});

test("whoever approves a policy set is told how it comes into force: by its proposal", async () => {
  const agent = { AI_FIRST_AGENT: "bot", AI_FIRST_HOME: join(directory.path, "home") };
  const proposed = await runFake(["policy", "propose", "nothing.cedar", "--reason", "why", "--json"], {
    directory: directory.path,
    env: agent,
  });
  const { proposal } = JSON.parse(proposed.stdout) as { readonly proposal: string };
  const { stdout } = await airun("approve", proposal);
  expect(stdout).toContain(`policy activate ${proposal} --reason`);
});

test("replay derives every decision, also in another home that knows the policy set", async () => {
  expect(await airun("audit", "replay")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("✓ 2 decisions, all derived again"),
  });
  const elsewhere = { directory: directory.path, env: { AI_FIRST_HOME: join(directory.path, "other-home") } };
  await runFake(["policy", "show"], elsewhere);
  const same = await runFake(["audit", "replay", "--json"], elsewhere);
  expect([same.exitCode, JSON.parse(same.stdout)]).toMatchObject([0, { decisions: 2, equal: 2 }]);
  expect(readFileSync(join(directory.path, "workspace", "a.txt"), "utf8")).toBe("x");
});
