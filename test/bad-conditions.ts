import { mkdirSync } from "node:fs";
import { expect } from "vitest";

import { type ErrorCode, type Runtime, RuntimeError, type RunView } from "../src/index.ts";
import { runToPoint } from "./crash/run-to-point.ts";
import { openIn, verifyIn } from "./installation.ts";

/** The error's code; fails where there is none, or it is not of the catalogue. */
export async function codeOf(work: () => Promise<unknown>): Promise<ErrorCode> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
  throw new Error("it succeeded");
}

/** The next start works: a run completes, and the ledger is right. */
export async function expectWorking(directory: string): Promise<void> {
  await startAndRun(directory);
  expect(verifyIn(directory)).toMatchObject({ ok: true, findings: [] });
}

export async function startAndRun(directory: string): Promise<void> {
  await using runtime = await openIn(directory);
  await runtime.recover();
  const view = await runtime.run("load_test_quick", { inputs: { run_id: "after" } });
  expect(view).toMatchObject({ status: "COMPLETED", failure: null });
}

export function write(runtime: Runtime, path: string, content: string): Promise<RunView> {
  return runtime.run("io.fs.write_file", { inputs: { path, content } });
}

/** The first start of an installation, killed at one of its points; see `runToPoint`. */
export function firstStart(directory: string, crashAt = 0): number {
  mkdirSync(directory);
  return runToPoint("first-start.ts", directory, crashAt);
}
