import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { CheckReport } from "../src/contract/quest.ts";
import { runFake } from "./cli/run-fake.ts";
import { openIn } from "./installation.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("aegis:constitution");

const HEAD = `name: w
version: 1.0.0
description: a workflow
metadata: { owner: desk }
`;

const QUEST = `intent: limits
goals: [get the time]
constraints:
  max_risk: MEDIUM
  max_cost: 5
  hosts: [example.com]
  denied_capabilities: [io.fs.copy]
  time_seconds: 60
`;

type Row = readonly [
  name: string,
  steps: string,
  expected: readonly (readonly [severity: string, rule: string, step: string | null, path: string])[],
];

const SLOW = "max_execution_time_seconds: 60\n";

const ROWS: readonly Row[] = [
  ["nothing", `${SLOW}steps:\n  - { name: a, capability_name: sys.info.get_time }\n`, []],
  [
    "a git hook",
    `${SLOW}steps:\n  - { name: a, capability_name: io.fs.write_file, inputs: { path: .git/config, content: x } }\n`,
    [["error", "path.git", "a", "steps[0]"]],
  ],
  [
    "a git hook, by a variable",
    `${SLOW}initial_state: { where: .git }\nsteps:\n  - { name: a, capability_name: io.fs.write_file, inputs: { path: "{{ where }}/config", content: x } }\n`,
    [["error", "path.git", "a", "steps[0]"]],
  ],
  [
    "a path that a step gives",
    `${SLOW}steps:\n  - { name: a, capability_name: io.fs.read_file, inputs: { path: where.txt } }\n  - { name: b, capability_name: io.fs.write_file, inputs: { path: "{{ a.content }}", content: x } }\n`,
    [["warning", "unproven", "b", "steps[1]"]],
  ],
  [
    "a secret that goes out, in a branch",
    `${SLOW}steps:
  - { name: a, capability_name: io.fs.read_file, inputs: { path: .env } }
  - name: c
    step_type: CONDITION
    condition: "true"
    then:
      - { name: b, capability_name: net.http.get, inputs: { url: "https://example.com/" } }
`,
    [
      ["error", "flow.secret-egress", "c/b", "steps[1].then[0]"],
      ["error", "quest.cost", null, ""],
    ],
  ],
  [
    "a program",
    `${SLOW}steps:\n  - { name: a, capability_name: sys.exec.run, inputs: { command: ls } }\n`,
    [
      ["approval", "ask.contract", "a", "steps[0]"],
      ["approval", "ask.critical", "a", "steps[0]"],
      ["approval", "ask.irreversible", "a", "steps[0]"],
      ["error", "quest.hosts", "a", "steps[0]"],
      ["error", "quest.risk", "a", "steps[0]"],
    ],
  ],
  [
    "its own policy",
    `${SLOW}policy: [{ rule_id: house, denied_capabilities: [io.*] }]\nsteps:\n  - { name: a, capability_name: io.fs.exists, inputs: { path: a } }\n`,
    [["error", "workflow.house", "a", "steps[0]"]],
  ],
  [
    "a compensation, a denied one, and the time",
    `steps:
  - name: a
    capability_name: io.fs.copy
    inputs: { source: a, destination: b }
    compensation: { capability_name: io.fs.delete, inputs: { path: .git } }
`,
    [
      ["error", "path.git", "a", "steps[0].compensation"],
      ["error", "quest.capabilities", "a", "steps[0]"],
      ["error", "quest.time", null, ""],
    ],
  ],
];

test.for(ROWS)("%s", async ([, steps, expected]) => {
  using directory = scratch();
  writeFileSync(join(directory.path, "w.yaml"), `${HEAD}${steps}`);
  writeFileSync(join(directory.path, "quest.yaml"), QUEST);
  const check = () =>
    runFake(["quest", "check", "w.yaml", "--quest", "quest.yaml", "--json"], { directory: directory.path });
  const { exitCode, stdout, stderr } = await check();
  expect(stderr).toBe("");
  const report = CheckReport.parse(JSON.parse(stdout));
  const found = report.violations.map(({ severity, rule, step, path }) => [severity, rule, step, path]);
  expect(found.map(String).toSorted()).toEqual(expected.map(String).toSorted());
  expect(exitCode).toBe(expected.some(([severity]) => severity === "error") ? 17 : 0);
  expect((await check()).stdout).toBe(stdout);
});

test("what the session has read counts, and what is not ACTIVE is no part of a plan", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  const fetch = `${HEAD}steps:\n  - { name: a, capability_name: net.http.get, inputs: { url: "https://example.com/" } }\n`;
  writeFileSync(join(directory.path, "w.yaml"), fetch);
  expect((await runFake(["quest", "check", "w.yaml"], cli)).exitCode).toBe(0);
  await using runtime = await openIn(directory.path, {});
  writeFileSync(join(runtime.workspace, ".env"), "KEY=x");
  const read = await runFake(["run", "io.fs.read_file", "--input", "path=.env"], cli);
  expect(read.exitCode).toBe(0);
  const report = await runFake(["quest", "check", "w.yaml", "--json"], cli);
  expect(JSON.parse(report.stdout).violations).toMatchObject([
    { rule: "flow.secret-egress", severity: "error", evidence: { capability: "net.http.get" } },
  ]);
});

test("what a pack that is closed holds cannot be reached", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  writeFileSync(
    join(directory.path, "w.yaml"),
    `${HEAD}steps:\n  - { name: a, capability_name: sys.archive.unzip, inputs: { archive_path: a.zip } }\n`,
  );
  const freeze = await runFake(["pack", "freeze", "stdlib", "--reason", "looking"], cli);
  expect(freeze.exitCode).toBe(0);
  const { exitCode, stdout } = await runFake(["quest", "check", "w.yaml", "--json"], cli);
  expect(exitCode).toBe(17);
  expect(JSON.parse(stdout).violations).toMatchObject([{ rule: "chain.not-active", step: "a" }]);
  const plan = await runFake(["quest", "plan", "unzip a.zip into out/", "--json"], cli);
  expect(plan.exitCode).toBe(10);
  expect(JSON.parse(plan.stdout).reasons).toMatchObject([{ code: "NOT_REACHABLE" }]);
});
