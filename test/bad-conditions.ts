import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";

import { type ErrorCode, type Runtime, RuntimeError, type RunView } from "../src/index.ts";
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

/** Runs the first start in a process of its own; returns how many points it has, or 0 where it was killed at one. */
export function firstStart(directory: string, crashAt = 0): number {
  mkdirSync(directory);
  const countFile = join(directory, "count");
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      join(import.meta.dirname, "crash", "points.mjs"),
      join(import.meta.dirname, "first-start.ts"),
      directory,
    ],
    {
      env: {
        CRASH_AT: String(crashAt),
        CRASH_COUNT: countFile,
        NODE_COMPILE_CACHE: join(tmpdir(), "airun-compile-cache"),
      },
    },
  );
  if (crashAt > 0 && signal === "SIGKILL") return 0;
  if (status !== 0)
    throw new Error(`The first start at ${crashAt} ended with ${status ?? signal}:\n${stderr.toString()}`);
  return Number(readFileSync(countFile, "utf8"));
}
