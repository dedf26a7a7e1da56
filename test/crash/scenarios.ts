import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Runtime } from "../../src/index.ts";

export type Scenario = {
  readonly name: string;
  /** Brings the workspace to where the scenario begins; run once, without crashes. */
  readonly prepare?: (runtime: Runtime) => Promise<void>;
  /** What is killed at each of its points. */
  readonly act: (runtime: Runtime) => Promise<unknown>;
  /** Whether the act ends with nothing done, because it fails and is rolled back. */
  readonly fails?: true;
};

const write = (name: string, path: string, content: string, more: object = {}) => ({
  name,
  capability_name: "io.fs.write_file",
  inputs: { path, content, create_dirs: true },
  ...more,
});
const failing = { name: "fail", capability_name: "test.fail", depends_on: ["last"] };

function workflow(name: string, steps: readonly object[]): object {
  return { name, version: "1.0.0", description: name, metadata: { owner: "test" }, steps };
}

/** The workflows of the scenarios; each is a file beside the workspace. */
export const WORKFLOWS: Readonly<Record<string, object>> = {
  overwrite: workflow("overwrite", [write("last", "four", "new content\n", { max_retries: 0 })]),
  "delete-tree": workflow("delete-tree", [
    { name: "last", capability_name: "io.fs.delete", inputs: { path: "a", recursive: true } },
  ]),
  "move-over": workflow("move-over", [
    {
      name: "last",
      capability_name: "io.fs.move",
      inputs: { source: "a", destination: "b", overwrite: true },
    },
  ]),
  parallel: workflow("parallel", [
    {
      name: "last",
      step_type: "PARALLEL",
      steps: [write("one", "p/one", "1"), write("two", "p2/two", "2"), write("three", "four", "3")],
    },
  ]),
  approval: workflow("approval", [
    write("before", "four", "before the gate\n"),
    { name: "gate", step_type: "HUMAN_APPROVAL", depends_on: ["before"], inputs: { message: "go on?" } },
    write("last", "after", "after the gate\n", { depends_on: ["gate"] }),
  ]),
  retry: workflow("retry", [
    {
      name: "last",
      capability_name: "test.flaky",
      inputs: {},
      retry: { max_attempts: 5, initial_delay_ms: 1, max_delay_ms: 2 },
    },
  ]),
  "sub-workflow": workflow("sub-workflow", [
    write("before", "a/one", "changed\n"),
    {
      name: "last",
      step_type: "WORKFLOW",
      workflow: "load_test_quick",
      depends_on: ["before"],
      inputs: { run_id: "x" },
    },
  ]),
  foreach: workflow("foreach", [
    { ...write("last", "each/{{ item }}", "{{ item }}"), foreach: ["x", "y", "z"] },
  ]),
  rollback: workflow("rollback", [
    write("one", "four", "overwritten\n"),
    {
      name: "two",
      capability_name: "io.fs.delete",
      inputs: { path: "a", recursive: true },
      depends_on: ["one"],
    },
    {
      name: "three",
      capability_name: "io.fs.move",
      inputs: { source: "b", destination: "c" },
      depends_on: ["two"],
    },
    write("last", "new/deep/file", "new\n", { depends_on: ["three"] }),
    failing,
  ]),
};

export function workflowFile(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

/** Files of many kinds, with modes, times and a link. */
export function fillWorkspace(path: string): void {
  mkdirSync(join(path, "a/deep"), { recursive: true });
  mkdirSync(join(path, "b"));
  writeFileSync(join(path, "a/one"), "one\n");
  writeFileSync(join(path, "a/deep/two"), Buffer.from([0, 1, 2, 255]));
  writeFileSync(join(path, "b/three"), "three\n");
  writeFileSync(join(path, "four"), "four\n");
  symlinkSync("deep/two", join(path, "a/link"));
  chmodSync(join(path, "a/one"), 0o640);
  chmodSync(join(path, "a/deep"), 0o750);
  for (const name of ["a/one", "a/deep/two", "b/three", "four"])
    utimesSync(join(path, name), 1_700_000_000.25, 1_700_000_000.25);
}

function lastRun(runtime: Runtime): string {
  return runtime.ledger.runs({ limit: 1 })[0]?.id ?? "";
}

export const SCENARIOS = [
  "overwrite",
  "delete-tree",
  "move-over",
  "parallel",
  "retry",
  "sub-workflow",
  "foreach",
  "rollback",
  "approval",
  "undo",
  "undo-tree",
  "undo-move",
  "redo",
] as const;

export function scenarios(directory: string): Scenario[] {
  const start = (name: string) => (runtime: Runtime) => runtime.run(workflowFile(directory, name));
  const simple = ["overwrite", "delete-tree", "move-over", "parallel", "retry", "sub-workflow", "foreach"];
  const prepared = async (runtime: Runtime) => {
    await runtime.run(workflowFile(directory, "delete-tree"));
    await runtime.run(workflowFile(directory, "overwrite"));
  };
  return [
    ...simple.map((name): Scenario => ({ name, act: start(name) })),
    { name: "rollback", act: start("rollback"), fails: true },
    {
      name: "approval",
      act: async (runtime) => {
        const { run } = await runtime.run(workflowFile(directory, "approval"));
        await runtime.decide(run, { decision: "approved", reason: "test" });
      },
    },
    { name: "undo", prepare: prepared, act: (runtime) => runtime.undo(lastRun(runtime)) },
    {
      name: "undo-tree",
      prepare: async (runtime) => {
        await runtime.run(workflowFile(directory, "delete-tree"));
      },
      act: (runtime) => runtime.undo(lastRun(runtime)),
    },
    {
      name: "undo-move",
      prepare: async (runtime) => {
        await runtime.run(workflowFile(directory, "move-over"));
      },
      act: (runtime) => runtime.undo(lastRun(runtime)),
    },
    {
      name: "redo",
      prepare: async (runtime) => {
        await prepared(runtime);
        await runtime.undo(lastRun(runtime));
      },
      act: (runtime) => runtime.redo(lastRun(runtime)),
    },
  ];
}
