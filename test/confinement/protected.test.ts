import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { recordedPolicy } from "../../src/governance/constitution/activation.ts";
import { replayDecisions } from "../../src/governance/constitution/replay.ts";
import { createRuntime, defineCapability } from "../../src/index.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";

verifies("workspace:paths", "governance:constitution");

/** Writes where none of its inputs says so. */
const hidden = defineCapability({
  id: "test.hidden",
  version: "1.0.0",
  description: "Writes somewhere.",
  input: z.strictObject({ where: z.string() }),
  output: z.strictObject({}),
  risk: { level: "HIGH", justification: "test" },
  sideEffects: ["filesystem_write", "filesystem_delete"],
  undo: { kind: "reversible" },
  run: async (ctx, { where }) => {
    if (where.endsWith("!")) await ctx.fs.remove(where.slice(0, -1), { recursive: true });
    else await ctx.fs.write(where, "x");
    return {};
  },
});

const write = (path: string): [string, Record<string, string>] => [
  "io.fs.write_file",
  { path, content: "x" },
];
const secretly = (where: string): [string, Record<string, string>] => ["test.hidden", { where }];

test.for<[what: string, cwd: string, capability: string, inputs: Record<string, string>]>([
  ["git's hooks, named", ".", ...write(".git/hooks/pre-commit")],
  ["git's hooks, from their directory", ".git", ...write("hooks/pre-commit")],
  ["git's hooks, unnamed", ".", ...secretly(".git/hooks/pre-commit")],
  ["git's hooks, unnamed, from their directory", ".git/hooks", ...secretly("pre-commit")],
  ["secrets, from a directory of that name", ".env", ...write("x")],
  ["the home, named", ".", ...write("own/home/home.db")],
  ["the home, from its directory", "own", ...write("home/home.db")],
  ["the home, unnamed", "own/home", ...secretly("home.db")],
  ["what the home lies in, unnamed", ".", ...secretly("own!")],
])("no effect changes %s", async ([, cwd, capability, inputs]) => {
  using directory = scratch();
  const workspace = join(directory.path, "workspace");
  for (const each of [".git/hooks", ".env", "own/home"])
    mkdirSync(join(workspace, each), { recursive: true, mode: 0o700 });
  const env = { AI_FIRST_HOME: join(workspace, "own/home") };
  await using runtime = await createRuntime({ workspace, env, capabilities: [hidden] });

  const { status, failure } = await runtime.run(capability, { inputs, cwd });
  expect([status, failure?.code]).toEqual([
    "FAILED",
    expect.stringMatching(/^(CONSTITUTION_VIOLATION|PATH_REFUSED)$/),
  ]);
  expect([...runtime.ledger.entries({ types: ["effect-intended"] })]).toEqual([]);
  expect(existsSync(join(workspace, ".git/hooks/pre-commit"))).toBe(false);
  const report = replayDecisions({
    ledger: runtime.ledger,
    policySet: (digest) => recordedPolicy(runtime.homeLedger, digest),
    workspace: runtime.workspace,
    ruleRoots: [env.AI_FIRST_HOME],
  });
  expect(report.findings).toEqual([]);
});
