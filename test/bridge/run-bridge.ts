import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "vitest";

import { createSchemaEngine } from "../../src/kernel/schema-engine.ts";
import { type FakeOptions, runFake } from "../cli/run-fake.ts";

const ROOT = join(import.meta.dirname, "../..");
const older = "test/fixtures/older/bridge_exec_workflow_output.schema.json";
const PUBLISHED = {
  execution: [validatorOf("assets/schemas/execution-record.schema.json")],
  workflow: [validatorOf("assets/schemas/workflow-record.schema.json"), validatorOf(older)],
};

export type Answer = {
  readonly exitCode: number;
  readonly record: Readonly<Record<string, unknown>>;
  readonly stderr: string;
};

/** Runs a command of the bridge in this process, and checks that it prints exactly one record of the published shape. */
export async function runBridge(argv: readonly string[], options: FakeOptions): Promise<Answer> {
  const { exitCode, stdout, stderr } = await runFake(["bridge", ...argv], options);
  return { exitCode, record: readRecord(argv, stdout), stderr };
}

/** The one record on a standard output. */
export function readRecord(argv: readonly string[], stdout: string): Answer["record"] {
  expect(stdout.endsWith("\n"), `no line: ${JSON.stringify(stdout)}`).toBe(true);
  expect(stdout.indexOf("\n"), `more than a line: ${JSON.stringify(stdout)}`).toBe(stdout.length - 1);
  const record = JSON.parse(stdout) as Answer["record"];
  for (const validate of PUBLISHED[argv.includes("exec-capability") ? "execution" : "workflow"])
    expect(validate(record) ? [] : validate.errors, JSON.stringify(record)).toEqual([]);
  return record;
}

function validatorOf(path: string) {
  return createSchemaEngine().compile(JSON.parse(readFileSync(join(ROOT, path), "utf8")) as object);
}

export function capabilityArgs(name: string, input: object, ...more: readonly string[]): string[] {
  return [
    "exec-capability",
    ..."--execution-id e1 --trace-id t1 --user-id u1".split(" "),
    "--capability-name",
    name,
    "--input-json",
    JSON.stringify(input),
    ...more,
  ];
}

export function workflowArgs(spec: object, ...more: readonly string[]): string[] {
  return [
    "exec-workflow",
    ..."--execution-id e2 --trace-id t2 --user-id u2 --quest-id q2".split(" "),
    "--workflow-spec-json",
    JSON.stringify(spec),
    ...more,
  ];
}

export function flow(steps: readonly object[], more: object = {}): object {
  const metadata = { owner: "aegis" };
  return { name: "example_workflow", version: "1.0.0", description: "d", metadata, steps, ...more };
}

export function write(name: string, path: string, more: object = {}): object {
  const inputs = { path, content: `${name}\n` };
  return { name, agent_name: "aegis", capability_name: "io.fs.write_file", inputs, ...more };
}

export const MISSING = {
  name: "missing",
  agent_name: "aegis",
  capability_name: "io.fs.read_file",
  inputs: { path: "nowhere.txt" },
};

export const GATE = {
  name: "handshake",
  agent_name: "aegis",
  step_type: "HUMAN_APPROVAL",
  inputs: { message: "requires authorization" },
};
