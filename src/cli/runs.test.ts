import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";

import { type FakeOptions, runFake } from "../../test/cli/run-fake.ts";
import { call, write } from "../../test/plan-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { createRuntime, defineCapability } from "../index.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

test("a run took as long as it took, however late it was undone or done again", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  using directory = scratch();
  const airun = async (...argv: readonly string[]) =>
    (await runFake(argv, { directory: directory.path })).stdout;
  const took = async () => (JSON.parse(await airun("runs", "--json")) as { durationMs: number | null }[])[0];
  await airun("run", "io.fs.write_file", "--input", "path=a", "--input", "content=1");
  expect(await took()).toMatchObject({ status: "COMPLETED", durationMs: 0 });
  for (const [command, status] of [
    ["undo", "ROLLED_BACK"],
    ["redo", "COMPLETED"],
  ] as const) {
    vi.setSystemTime(Date.now() + 3_600_000);
    await airun(command);
    expect(await took()).toMatchObject({ status, durationMs: 0 });
    expect(await airun("runs")).toMatch(/ 0 ms *\n$/);
  }
});

test("a run that waits has taken no time yet", async () => {
  using directory = scratch();
  const file = flowIn(directory.path, [{ name: "gate", step_type: "HUMAN_APPROVAL" }]);
  await runFake(["run", file], { directory: directory.path });
  const { stdout } = await runFake(["runs", "--json"], { directory: directory.path });
  expect(JSON.parse(stdout)).toMatchObject([{ status: "PAUSED", durationMs: null }]);
});

const outside = (id: string) =>
  defineCapability({
    id,
    version: "1.0.0",
    description: "Acts outside of the workspace.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "CRITICAL", justification: "it acts outside" },
    sideEffects: ["state_mutation"],
    undo: { kind: "irreversible" },
    run: () => Promise.resolve({}),
  });

const openRuntime: FakeOptions["openRuntime"] = (options) =>
  createRuntime({
    ...options,
    capabilities: [outside("test.send"), outside("test.recall")],
    decide: () => ({ outcome: "allow", rules: [] }),
  });

test.for<[string, readonly object[], boolean]>([
  ["wrote", [write("one", "a", "1")], true],
  ["wrote, and did what nobody can take back", [write("one", "a", "1"), call("two", "test.send", {})], true],
  [
    "did what a compensation takes back",
    [call("one", "test.send", {}, { compensation: { capability_name: "test.recall" } })],
    true,
  ],
  ["only read", [call("one", "io.fs.list_dir", { path: "." })], false],
  ["only did what nobody can take back", [call("one", "test.send", {})], false],
])("undo is offered where there is something to undo: a run that %s", async ([, steps, isOffered]) => {
  using directory = scratch();
  const options = { directory: directory.path, openRuntime };
  const { exitCode, stdout, stderr } = await runFake(["run", flowIn(directory.path, steps)], options);
  expect(exitCode, stderr).toBe(0);
  expect(stdout.includes("airun undo")).toBe(isOffered);
  expect((await runFake(["show", "last"], options)).stdout.includes("airun undo")).toBe(isOffered);
});

function flowIn(directory: string, steps: readonly object[]): string {
  const file = join(directory, "flow.json");
  const flow = { name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps };
  writeFileSync(file, JSON.stringify(flow));
  return file;
}
