import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { snapshot } from "../../test/snapshot.ts";
import { type FakeOptions, type Result, runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

let directory: ReturnType<typeof scratch>;

beforeAll(async () => {
  directory = scratch();
  writeFileSync(join(directory.path, "fine.yaml"), JSON.stringify({ ...SPEC, name: "fine" }));
  writeFileSync(join(directory.path, "broken.yaml"), "name: x\nsteps:\n  - nme: a\n");
  writeFileSync(join(directory.path, "other.yaml"), "colour: blue\n");
  await airun("run", "io.fs.write_file", "--input", "path=seed.txt", "--input", "content=seed");
});

afterAll(() => directory[Symbol.dispose]());

const SPEC = {
  version: "1.0.0",
  description: "Tells the time.",
  metadata: { owner: "test" },
  steps: [{ name: "time", capability_name: "sys.info.get_time" }],
};

function airun(...argv: readonly string[]): Promise<Result> {
  return runFake(argv, { directory: directory.path });
}

function airunWith(options: Omit<FakeOptions, "directory">, ...argv: readonly string[]): Promise<Result> {
  return runFake(argv, { directory: directory.path, ...options });
}

const cases: readonly (readonly [argv: readonly string[], exitCode: number, output: RegExp])[] = [
  [[], 0, /^Usage: airun /],
  [["--help"], 0, /Commands:[^]*RUN is a run's id/],
  [["help", "undo"], 0, /Usage: airun undo [^]*Examples:/],
  [["--version"], 0, /^1\.2\.3\n$/],
  [["bogus"], 10, /^error USAGE: Unknown command 'bogus'/],
  [["rnu"], 10, /Did you mean run\?/],
  [["run"], 10, /^error USAGE: Missing required argument 'target'/],
  [["run", "a", "b"], 10, /^error USAGE: Too many arguments/],
  [["run", "x", "--yes"], 10, /^error USAGE: Unknown option '--yes'/],
  [["undo", "--merge", "--force"], 10, /^error USAGE: .*cannot be used with/],
  [["runs", "--workspace", ""], 10, /^error USAGE: --workspace is empty/],
  [["audit"], 10, /^error USAGE: A command is missing\./],
  [["list", "colours"], 10, /^error USAGE: .*Allowed choices are capabilities/],
  [["run", "io.fs.no_such"], 12, /^error CAPABILITY_UNKNOWN: /],
  [["run", "no_such_workflow"], 12, /^error WORKFLOW_UNKNOWN: /],
  [["run", "./no-such.yaml"], 12, /^error FILE_NOT_FOUND: /],
  [["run", "io.fs.write_file", "--input", "path=x"], 10, /^error INPUT_INVALID: .*content/],
  [
    ["run", "io.fs.write_file", "--input", "nothing"],
    10,
    /^error USAGE: --input "nothing" is not name=value/,
  ],
  [["run", "io.fs.read_file", "--input", "path=missing.txt"], 12, /error FILE_NOT_FOUND: /],
  [["run", "io.fs.read_file", "--input", "path=../seed.txt"], 11, /error PATH_REFUSED: /],
  [["run", "io.fs.read_file", "--input", "path=seed.txt"], 0, /✓ completed {2}io\.fs\.read_file/],
  [["run", "io.fs.read_file", "--input-json", '{"path":"seed.txt"}'], 0, /changed {2}nothing/],
  [["run", "io.fs.read_file", "--input", "path=seed.txt", "--cwd", "none"], 12, /error FILE_NOT_FOUND: /],
  [
    ["plan", "io.fs.write_file", "--input", "path=planned.txt", "--input", "content=x"],
    0,
    /would complete; nothing was done[^]*\+ planned\.txt/,
  ],
  [["plan", "io.fs.read_file", "--input", "path=missing.txt"], 10, /would (fail|be rolled back)/],
  [["plan", "no_such_workflow"], 12, /^error WORKFLOW_UNKNOWN/],
  [["show", "ffffffffffff"], 12, /^error RUN_UNKNOWN: /],
  [["approve", "last"], 10, /^error STATE_CONFLICT: /],
  [["pause", "last"], 10, /^error STATE_CONFLICT: /],
  [["resume", "last"], 10, /^error STATE_CONFLICT: /],
  [["cancel", "last"], 10, /^error STATE_CONFLICT: /],
  [["recover"], 0, /^Nothing to recover/],
  [["runs"], 0, /RUN +NAME +STATUS[^]*io\.fs\.write_file +COMPLETED/],
  [["runs", "--limit", "0"], 10, /^error USAGE: --limit "0"/],
  [["runs", "--status", "failed"], 0, /^RUN|^No runs/],
  [["list"], 0, /^ID +VERSION[^]*io\.fs\.write_file/],
  [["list", "workflows"], 0, /tidy_inbox/],
  [["list", "packs"], 0, /RUNNABLE/],
  [["list", "facades"], 0, /ROUTE/],
  [["list", "proposals"], 0, /ADAPTER/],
  [["inspect", "io.fs.write_file"], 0, /^io\.fs\.write_file [^]*inputs:[^]*content[^]*outputs:/],
  [["inspect", "tidy_inbox"], 0, /name: tidy_inbox/],
  [["inspect", "io.fs.writ_file"], 12, /^error CAPABILITY_UNKNOWN: .*write_file/],
  [["inspect", "nothing_like_it"], 12, /^error WORKFLOW_UNKNOWN: /],
  [["validate", "fine.yaml"], 0, /^✓ fine\.yaml {2}workflow/],
  [["validate", "broken.yaml", "fine.yaml"], 10, /broken\.yaml:3:5: steps\[0\]\.nme: [^]*✓ fine\.yaml/],
  [["validate", "other.yaml"], 10, /is no workflow, capability, pack/],
  [["validate", "missing.yaml"], 12, /FILE_NOT_FOUND: .*missing\.yaml/],
  [["init"], 0, /✓ ready\n {2}workspace .*workspace\n {2}home /],
  [["smoke"], 0, /^RESOLVED_SPECS_DIR=.*stdlib\nSTDLIB_LOADED=\d+\n$/],
  [["doctor"], 0, /✓ node [^]*✓ ledger [^]*✓ runs /],
  [["completion", "bash"], 0, /^_airun\(\)/],
  [["completion", "tcsh"], 10, /^error USAGE: /],
];

describe("each command in a pipe", () => {
  test.for(cases)("airun %j exits with %i", async ([argv, exitCode, output]) => {
    const result = await airun(...argv);
    expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(exitCode);
    expect(`${result.stderr}${result.stdout}`).toMatch(output);
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]|\n {4}at /u);
  });

  test.for(
    cases.filter(([argv]) => argv.length > 0 && !["--help", "help", "--version"].includes(argv[0] ?? "")),
  )("airun %j --json writes one document and nothing else", async ([argv, exitCode]) => {
    const result = await airun(...argv, "--json");
    expect(result.exitCode, result.stdout).toBe(exitCode);
    expect(result.stderr).toBe("");
    const document: unknown = JSON.parse(result.stdout);
    expect(document).toBeTypeOf("object");
  });
});

test("names with escape codes are shown and do nothing", async () => {
  const name = "a\u001b[2J\u202eb";
  writeFileSync(join(directory.path, "hostile.yaml"), JSON.stringify({ ...SPEC, name }));
  const { exitCode, stdout, stderr } = await airun("run", join(directory.path, "hostile.yaml"));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain("✓ completed  a\\u{1b}[2J\\u{202e}b 1.0.0");
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  const refused = await airun("run", "io.fs.write_file", "--input", `path=${name}`, "--input", "content=x");
  expect(refused.exitCode).toBe(11);
  expect(refused.stdout).toMatch(/error PATH_REFUSED: .*\\u/);
  expect(`${refused.stdout}${refused.stderr}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

test("a run, its undo, its redo", async () => {
  const file = join(directory.path, "workspace/undo-me.txt");
  const ran = await airun(
    "run",
    "io.fs.write_file",
    "--input",
    "path=undo-me.txt",
    "--input",
    "content=text",
  );
  expect(ran.stdout).toMatch(/changed {2}\+ undo-me\.txt {2}4 bytes\n/);
  const [, command = ""] = /undo {5}airun (.*)\n/.exec(ran.stdout) ?? [];
  expect((await airun(...command.split(" "))).stdout).toMatch(
    /^✓ Took back .*\n {2}undone {3}1 step, 1 path\n {2}left {5}nothing\n {2}redo {5}airun redo /,
  );
  expect(() => readFileSync(file)).toThrow("ENOENT");
  const again = await airun("undo");
  expect(again.exitCode).toBe(10);
  expect(again.stderr).toMatch(
    /^error STATE_CONFLICT: .* has nothing to undo: that was taken back already\./,
  );
  expect((await airun("redo")).stdout).toMatch(
    /^✓ Did again .*\n {2}redone {3}1 step, 1 path\n {2}changed {2}\+ undo-me\.txt/,
  );
  expect(readFileSync(file, "utf8")).toBe("text");
  writeFileSync(file, "somebody else's");
  const refused = await airun("undo");
  expect(refused.exitCode).toBe(20);
  expect(refused.stderr).toMatch(/^error UNDO_CONFLICT: .*undo-me\.txt[^]*hint: .*--merge or --force/);
  const { stdout: undone } = await airun("undo", "--force", "--json");
  const inverted = { steps: ["call"], paths: ["undo-me.txt"] };
  expect(JSON.parse(undone)).toMatchObject({ changed: [], takenBack: inverted });
  const { stdout: redone } = await airun("redo", "--json");
  expect(JSON.parse(redone)).toMatchObject({ changed: [{ path: "undo-me.txt" }], doneAgain: inverted });
});

test("undo of all runs since a time, and of no time at all", async () => {
  await airun("run", "io.fs.write_file", "--input", "path=since.txt", "--input", "content=x");
  const { stdout: shown } = await airun("show", "last", "--json");
  const { startedAt } = JSON.parse(shown) as { startedAt: string };
  expect((await airun("undo", "--since", startedAt)).stdout).toMatch(
    /^Took back 1 run\.\n.* {2}io\.fs\.write_file {2}1 step, 1 path\n$/,
  );
  expect((await airun("undo", "--since", startedAt)).stdout).toMatch(/^Took back 0 runs: .* none has /);
  expect((await airun("undo", "--since", "teatime")).exitCode).toBe(10);
  expect((await airun("undo", "last", "--since", startedAt)).stderr).toMatch(
    /^error USAGE: Give a run or --since/,
  );
});

test("AIRUN_DEBUG=1 adds the stack to stderr, and only there", async () => {
  const { stdout, stderr } = await airunWith({ env: { AIRUN_DEBUG: "1" } }, "show", "ffffffffffff", "--json");
  expect(stderr).toMatch(/RUN_UNKNOWN|no run "ffffffffffff"[^]*\n {4}at /);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "RUN_UNKNOWN" } });
});

test("a plan changes nothing", async () => {
  const before = snapshot(join(directory.path, "workspace"));
  await airun("plan", "io.fs.write_file", "--input", "path=planned.txt", "--input", "content=x");
  expect(snapshot(join(directory.path, "workspace"))).toEqual(before);
});

test("a fault that nobody expected is an error of ours", async () => {
  const { exitCode, stderr } = await airunWith(
    { openRuntime: () => Promise.reject(new TypeError("undefined is not a function")) },
    "runs",
  );
  expect(exitCode).toBe(20);
  expect(stderr).toBe(
    "error INTERNAL: undefined is not a function\nhint: This is a fault of the runtime; please report it.\n",
  );
});
