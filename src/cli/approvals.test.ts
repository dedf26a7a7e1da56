import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { type FakeOptions, runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const GATE = `
name: gate
version: 1.0.0
description: Writes, asks, writes.
metadata: { owner: test }
steps:
  - { name: before, capability_name: io.fs.write_file, inputs: { path: before.txt, content: one } }
  - { name: ask, step_type: HUMAN_APPROVAL, inputs: { message: "Go on?\\e[31m" } }
  - { name: after, capability_name: io.fs.write_file, inputs: { path: after.txt, content: two } }
`;

/** A workspace of its own: a paused run keeps its lease on what it changed. */
function openGate(spec = GATE) {
  const directory = scratch();
  const file = join(directory.path, "gate.yaml");
  writeFileSync(file, spec);
  const airun = (options: Omit<FakeOptions, "directory">, ...argv: readonly string[]) =>
    runFake(argv, { directory: directory.path, ...options });
  return {
    airun,
    start: (options: Omit<FakeOptions, "directory"> = {}, ...flags: readonly string[]) =>
      airun(options, "run", file, ...flags),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

test("in a pipe the run stays paused and says how to approve it", async () => {
  using gate = openGate();
  const { exitCode, stdout } = await gate.start();
  expect(exitCode).toBe(30);
  expect(stdout).toContain("  │ Go on?\\u{1b}[31m\n");
  const [, command = ""] = /approve: {4}airun (.*)\n/.exec(stdout) ?? [];
  const approved = await gate.airun({}, ...command.split(" "));
  expect(approved.exitCode, approved.stderr).toBe(0);
  expect(approved.stdout).toMatch(/✓ after [^]*✓ completed {2}gate/);
});

test.for([
  ["reject", "last", "--reason", "no"],
  ["cancel", "last", "--rollback"],
] as const)("%s takes back what was done, and that is what was asked for", async (argv) => {
  using gate = openGate();
  await gate.start();
  const { exitCode, stdout } = await gate.airun({}, ...argv);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/↩ rolled back {2}gate[^]*changed {2}nothing/);
});

test.for([
  ["y", 0, /✓ completed/],
  ["", 11, /↩ rolled back/],
  ["n", 11, /↩ rolled back/],
] as const)("at a terminal the answer %j exits with %i", async ([answer, exitCode, output]) => {
  using gate = openGate();
  const result = await gate.start({ columns: 100, answers: [answer] });
  expect(result.exitCode, result.stderr).toBe(exitCode);
  expect(result.stdout).toContain("Approve? [y/N] ");
  expect(result.stdout).toMatch(output);
});

test("an ended input decides nothing", async () => {
  using gate = openGate();
  expect((await gate.start({ columns: 100 })).exitCode).toBe(30);
});

test.for([["--no-input"], ["--json"]] as const)("with %s a terminal is not asked", async ([flag]) => {
  using gate = openGate();
  const { exitCode, stdout } = await gate.start({ columns: 100, answers: ["y"] }, flag);
  expect(exitCode).toBe(30);
  expect(stdout).not.toContain("Approve?");
});

test("who may not decide is told so, and the run waits on", async () => {
  using gate = openGate(
    GATE.replace("HUMAN_APPROVAL,", "HUMAN_APPROVAL, approval_config: { approvers: [nobody-else] },"),
  );
  const { exitCode, stdout, stderr } = await gate.start({
    columns: 100,
    answers: ["y"],
    env: { NO_COLOR: "1" },
  });
  expect(exitCode).toBe(30);
  expect(stderr).toMatch(/error DENIED: .*nobody-else may\./);
  expect(stdout).toContain("may decide: nobody-else");
});
