import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { startServer } from "../local-server.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { snapshot } from "../snapshot.ts";
import {
  type Answer,
  capabilityArgs,
  flow,
  GATE,
  MISSING,
  runBridge,
  workflowArgs,
  write,
} from "./run-bridge.ts";

verifies("bridge:record", "bridge:control");

type Site = { readonly directory: string };
const two = [
  write("fetch_report", "report.txt"),
  write("generate_ppt", "out.txt", { depends_on: ["fetch_report"] }),
];
const failing = [write("fetch_report", "report.txt"), { ...MISSING, depends_on: ["fetch_report"] }];
const waiting = [write("fetch_report", "report.txt"), { ...GATE, depends_on: ["fetch_report"] }];
const kept = { enable_auto_rollback: false };

/** What leads to each status, and the files that are left. */
const CASES: Readonly<
  Record<string, readonly [exitCode: number, files: string, run: (site: Site) => Promise<Answer>]>
> = {
  "execution-success": [
    0,
    "",
    (site) =>
      runBridge(
        capabilityArgs("io.fs.list_dir", { path: "." }, "--metadata-json", '{"source":"golden"}'),
        site,
      ),
  ],
  "execution-failure": [
    12,
    "",
    (site) => runBridge(capabilityArgs("io.fs.read_file", { path: "does/not/exist" }), site),
  ],
  "execution-paused": [
    30,
    "",
    (site) => runBridge(capabilityArgs("sys.exec.run", { command: "rm", args: [] }), site),
  ],
  "workflow-success": [0, "out.txt report.txt", (site) => runBridge(workflowArgs(flow(two)), site)],
  "workflow-failure": [12, "report.txt", (site) => runBridge(workflowArgs(flow(failing, kept)), site)],
  "workflow-rolled-back": [0, "", (site) => runBridge(workflowArgs(flow(failing)), site)],
  "workflow-paused": [30, "report.txt", (site) => runBridge(workflowArgs(flow(waiting)), site)],
  "workflow-approved": [
    0,
    "report.txt",
    (site) => paused(site, "workflow-resume", "--decision", "approve", "--approver", "ann"),
  ],
  "workflow-rejected": [0, "", (site) => paused(site, "workflow-resume", "--decision", "reject")],
  "workflow-cancelled": [16, "report.txt", (site) => paused(site, "workflow-cancel")],
  "workflow-cancelled-rolled-back": [
    0,
    "",
    (site) => paused(site, "workflow-cancel", "--rollback", "--reason", "no more"),
  ],
  "workflow-rollback": [0, "", (site) => ended(site, "workflow-rollback")],
  "workflow-rollback-incomplete": [
    20,
    "report.txt",
    async (site) => changed(site, await paused(site), "workflow-cancel", "--rollback"),
  ],
  "workflow-rollback-conflict": [
    20,
    "out.txt report.txt",
    async (site) => changed(site, await runBridge(workflowArgs(flow(two)), site), "workflow-rollback"),
  ],
  "workflow-timeout": [13, "report.txt", late],
  "workflow-invalid": [10, "", (site) => runBridge(workflowArgs({ name: "x" }), site)],
  "workflow-denied": [
    0,
    "",
    (site) =>
      runBridge(
        workflowArgs(flow(two), "--governance-decisions-json", '{"pre_step":{"generate_ppt":"DENY"}}'),
        site,
      ),
  ],
  "workflow-unknown-run": [
    12,
    "",
    (site) =>
      control(site, "01a1fe06-a7b7-7a97-b499-9c36324e594b", "workflow-resume", "--decision", "approve"),
  ],
};

test.for(Object.entries(CASES))("%s", async ([name, [exitCode, files, run]]) => {
  using directory = scratch();
  const answer = await run({ directory: directory.path });
  expect(answer.exitCode, JSON.stringify(answer.record)).toBe(exitCode);
  const left = snapshot(join(directory.path, "workspace")).map((line) => line.split(" ")[0]);
  expect(left.join(" ")).toBe(files);
  await expect(`${JSON.stringify(mask(answer.record), null, 2)}\n`).toMatchFileSnapshot(
    `../fixtures/bridge/${name}.json`,
  );
});

const OLDER = join(import.meta.dirname, "../fixtures/older/bridge");

test.for([
  ["golden_execution_record_success", "execution-success"],
  ["golden_execution_record_failure", "execution-failure"],
  ["golden_workflow_record_success", "workflow-success"],
  ["golden_workflow_record_failure", "workflow-failure"],
  ["golden_workflow_record_paused", "workflow-paused"],
] as const)("%s: every field is there, of the same kind", ([older, own]) => {
  const golden: unknown = JSON.parse(readFileSync(join(OLDER, `${older}.json`), "utf8"));
  const record: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, `../fixtures/bridge/${own}.json`), "utf8"),
  );
  expect(missingIn(record, golden, "")).toEqual([]);
});

/** Fields of the older record that ours lacks or has another type of. What a caller chose (inputs, outputs) is left out. */
function missingIn(own: unknown, older: unknown, at: string): string[] {
  if (/\.(input|inputs|output|outputs|metadata|details)$/.test(at)) return [];
  if (older === null || own === null) return own === undefined ? [at] : [];
  if (typeof own !== typeof older) return [at];
  if (Array.isArray(older)) return missingIn((own as unknown[])[0], older[0], `${at}[0]`);
  if (typeof older !== "object") return [];
  return Object.entries(older).flatMap(([name, value]) =>
    missingIn((own as Record<string, unknown>)[name], value, `${at}.${name}`),
  );
}

async function paused(site: Site, ...command: readonly string[]): Promise<Answer> {
  const answer = await runBridge(workflowArgs(flow(waiting)), site);
  return command.length === 0 ? answer : control(site, runOf(answer), ...command);
}

/** The last step asks a host that never answers. */
async function late(site: Site): Promise<Answer> {
  await using server = await startServer(() => {});
  const host = `127.0.0.1:${server.port}`;
  const step = {
    name: "slow",
    capability_name: "net.http.get",
    depends_on: ["fetch_report"],
    inputs: { url: `http://${host}/` },
    max_retries: 0,
    timeout_seconds: 0.3,
  };
  const spec = flow([write("fetch_report", "report.txt"), step], kept);
  return await runBridge(workflowArgs(spec), { ...site, env: { AI_FIRST_ALLOW_PRIVATE_HOSTS: host } });
}

async function ended(site: Site, command: string): Promise<Answer> {
  return control(site, runOf(await runBridge(workflowArgs(flow(two)), site)), command);
}

/** Somebody else changes a file that the run wrote; then the command. */
function changed(site: Site, before: Answer, ...command: readonly string[]): Promise<Answer> {
  writeFileSync(join(site.directory, "workspace/report.txt"), "mine");
  return control(site, runOf(before), ...command);
}

function control(site: Site, run: string, command = "", ...more: readonly string[]): Promise<Answer> {
  return runBridge([command, "--workflow-execution-id", run, ...more], site);
}

function runOf({ record }: Answer): string {
  return String(record["workflowExecutionId"]);
}

/** Ids, times and digests differ from run to run. */
function mask(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(/"[0-9a-f]{32}"/g, '"<id>"')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replaceAll(/"durationMs":\d+/g, '"durationMs":0')
      .replaceAll(/"mtimeNs":"\d+"/g, '"mtimeNs":"<ns>"')
      .replaceAll(/For [^,"]+, asked/g, "For <person>, asked")
      .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
      .replaceAll(/\/tmp\/airun-\w+/g, "<directory>"),
  ) as unknown;
}
