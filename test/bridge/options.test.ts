import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { runFake } from "../cli/run-fake.ts";
import { openIn, workspaceIn } from "../installation.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { capabilityArgs, flow, GATE, readRecord, runBridge, workflowArgs, write } from "./run-bridge.ts";

verifies("bridge:record", "bridge:control", "hooks:governor");

const SPEC = flow([write("a", "a.txt")]);
const DECISIONS = "--governance-decisions-json";

test.for([
  ["no capability", ["exec-capability"], "--capability-name is missing, and so is --capability-id."],
  ["no such option", ["exec-capability", "--capability", "x"], "Unknown option '--capability'"],
  ["no such command", ["exec"], "Unknown command 'exec'"],
  ["no command", [], "A command is missing."],
  [
    "inputs that are no JSON",
    ["exec-capability", "--input-json", "{", "--capability-name", "x.y"],
    "--input-json is not JSON",
  ],
  [
    "inputs that are no object",
    ["exec-capability", "--input-json", "[]", "--capability-name", "io.fs.list_dir"],
    "--input-json must be a JSON object.",
  ],
  ["metadata that are no JSON", ["workflow-cancel", "--metadata-json", "x"], "--metadata-json is not JSON"],
  ["no workflow", ["exec-workflow"], "--workflow-spec-json or --workflow-spec-path is missing."],
  ["two workflows", workflowArgs(SPEC, "--workflow-spec-path", "x"), "cannot be used with option"],
  ["no run", ["workflow-resume", "--decision", "approve"], "--workflow-execution-id is missing."],
  ["no governor", workflowArgs(SPEC, "--enable-governance-hooks"), "--enable-governance-hooks needs"],
  ["two governors", workflowArgs(SPEC, DECISIONS, "{}", "--governance-hook-url", "http://h/"), "not both"],
  ["an unknown decision", workflowArgs(SPEC, DECISIONS, '{"pre_step":{"a":"MAYBE"}}'), "pre_step.a"],
  ["an unknown event", workflowArgs(SPEC, DECISIONS, '{"before":"DENY"}'), "before"],
  [
    "a governor of another kind",
    workflowArgs(SPEC, "--governance-hook-url", "ftp://h/"),
    '"ftp://h/" is no http',
  ],
  [
    "a governor with a password",
    workflowArgs(SPEC, "--governance-hook-url", "http://u:p@h/"),
    "must not hold a name or a password",
  ],
  [
    "no time",
    workflowArgs(SPEC, "--governance-hook-url", "http://h/", "--governance-hook-timeout-ms", "0"),
    "--governance-hook-timeout-ms",
  ],
  [
    "no fail mode",
    workflowArgs(SPEC, "--governance-hook-url", "http://h/", "--governance-hook-fail-mode", "X"),
    "none of ALLOW, DENY, PAUSE",
  ],
  [
    "a schema that is none",
    [...capabilityArgs("io.fs.list_dir", { path: "." }), "--schema-path", "bad.json"],
    "is no JSON Schema",
  ],
] as const)("%s is refused by name, and nothing runs", async ([, argv, message]) => {
  using directory = scratch();
  writeFileSync(join(directory.path, "bad.json"), '{"type":"nothing"}');
  const { exitCode, record } = await runBridge(argv, { directory: directory.path });
  expect(exitCode).toBe(10);
  expect(record).toMatchObject({ status: "failure", error: { category: "VALIDATION_ERROR" } });
  expect((record["error"] as { message: string }).message).toContain(message);
});

test("what can be read of a malformed line is in its record", async () => {
  using directory = scratch();
  const argv = [...capabilityArgs("io.fs.list_dir", {}), "--user-id=ann", "--bogus"];
  const { record } = await runBridge(argv, { directory: directory.path });
  expect(record).toMatchObject({
    executionId: "e1",
    traceId: "t1",
    userId: "ann",
    capabilityName: "io.fs.list_dir",
  });
});

test("a record that breaks the caller's schema is a validation error, and the effect lies in the ledger", async () => {
  using directory = scratch();
  const schema = join(directory.path, "schema.json");
  writeFileSync(schema, '{"properties":{"userId":{"const":"somebody"}}}');
  const argv = capabilityArgs("io.fs.write_file", { path: "a", content: "a" });
  const env = { AEGIS_EXECUTION_RECORD_SCHEMA: schema };
  const { exitCode, record } = await runBridge(argv, { directory: directory.path, env });
  expect([exitCode, record]).toMatchObject([
    10,
    { error: { category: "VALIDATION_ERROR", details: ["/userId must be equal to constant"] } },
  ]);
  await using runtime = await openIn(directory.path);
  expect(runtime.show(String(record["runId"])).status).toBe("COMPLETED");
});

test("an approval lets the very call run once, and its record can be had again", async () => {
  using directory = scratch();
  const site = { directory: directory.path };
  const argv = capabilityArgs("sys.exec.run", { command: "pwd", args: [] });
  const first = await runBridge(argv, site);
  expect(first).toMatchObject({ exitCode: 30, record: { status: "failure", error: { recoverable: true } } });
  const { id } = first.record["approval"] as { id: string };
  expect((await runBridge([...argv, "--approval", id], site)).exitCode).toBe(30);
  const other = capabilityArgs("sys.exec.run", { command: "whoami", args: [] }, "--approval", id);
  expect(await runBridge(other, site)).toMatchObject({ exitCode: 11, record: { error: { code: "DENIED" } } });
  const none = await runBridge([...argv, "--approval", "nothing"], site);
  expect(none).toMatchObject({ exitCode: 10 });

  expect((await runFake(["approve", String(first.record["runId"])], site)).exitCode).toBe(0);
  for (let again = 0; again < 2; again++) {
    const { exitCode, record } = await runBridge([...argv, "--approval", id], site);
    expect([exitCode, record]).toMatchObject([0, { status: "success", runId: first.record["runId"] }]);
    expect((record["output"] as { stdout: string }).stdout.trim()).toBe(workspaceIn(directory.path));
  }
  await using runtime = await openIn(directory.path);
  expect(runtime.ledger.runs()).toHaveLength(1);
});

test("a rejected call is a denial that somebody could still decide otherwise", async () => {
  using directory = scratch();
  const site = { directory: directory.path };
  const argv = capabilityArgs("sys.exec.run", { command: "pwd", args: [] });
  const first = await runBridge(argv, site);
  await runFake(["reject", String(first.record["runId"])], site);
  const { id } = first.record["approval"] as { id: string };
  expect(await runBridge([...argv, "--approval", id], site)).toMatchObject({
    exitCode: 11,
    record: { error: { category: "PERMISSION_DENIED", recoverable: true, retryable: false } },
  });
});

test("history export gives the record of every run, the oldest first", async () => {
  using directory = scratch();
  const site = { directory: directory.path };
  const one = await runBridge(
    capabilityArgs("io.fs.read_file", { path: "nowhere" }, "--metadata-json", '{"k":1}'),
    site,
  );
  const two = await runBridge(
    workflowArgs(flow([write("a", "a.txt"), { ...GATE, depends_on: ["a"] }])),
    site,
  );
  await runFake(["run", "sys.info.get_time"], site);
  const exported = await runFake(["history", "export"], site);
  const lines = exported.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  const [first, second, third] = lines.map((line, i) =>
    readRecord(i === 1 ? ["exec-workflow"] : ["exec-capability"], `${line}\n`),
  );
  expectSame(first, one.record);
  expectSame(second, two.record);
  expect(third).toMatchObject({ status: "success", capabilityName: "sys.info.get_time", metadata: null });
  const file = join(directory.path, "history.jsonl");
  expect((await runFake(["history", "export", "--out", file], site)).exitCode).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(exported.stdout);
});

test("the environment's local decisions count, and a governor's address beside them is refused", async () => {
  using directory = scratch();
  const env = { AEGIS_GOVERNANCE_DECISIONS_JSON: '{"pre_execution":"PAUSE"}' };
  const { record } = await runBridge(workflowArgs(SPEC), { directory: directory.path, env });
  expect(record).toMatchObject({ status: "paused", steps: [] });
  const both = { ...env, AEGIS_GOVERNANCE_HOOK_URL: "http://127.0.0.1:1/" };
  expect(await runBridge(workflowArgs(SPEC), { directory: directory.path, env: both })).toMatchObject({
    exitCode: 10,
  });
});

/** But for times: a process that works on a run takes its own clock for what the ledger has not yet dated. */
function expectSame(record: object | undefined, printed: object): void {
  const { id: _, ...rest } = untimed(printed);
  expect(untimed(record ?? {})).toMatchObject(rest);
}

function untimed(record: object): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(record).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
  return { ...(JSON.parse(text) as object), durationMs: 0 };
}
