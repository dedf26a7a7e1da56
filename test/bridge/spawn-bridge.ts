import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { type Answer, readRecord } from "./run-bridge.ts";
import { programEnv } from "../home.ts";

const AIRUN = join(import.meta.dirname, "../../bin/airun.cjs");

export type Spawned = {
  readonly child: ChildProcessWithoutNullStreams;
  /** Its exit code or signal, and what it wrote, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
};

/** Starts a command of the bridge in a process of its own, in a directory with its own home. */
export function startBridge(
  argv: readonly string[],
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Spawned {
  const child = spawn(process.execPath, [AIRUN, "bridge", ...argv], {
    cwd: directory,
    env: programEnv(directory, env),
  });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => void (written.stdout += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => void (written.stderr += String(chunk)));
  child.stdin.end();
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...written }));
  return { child, ended };
}

/** The same, awaited, with its one record. */
export async function spawnBridge(
  argv: readonly string[],
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { code, stdout, stderr } = await startBridge(argv, directory, env).ended;
  return { exitCode: code ?? -1, record: readRecord(argv, stdout), stderr };
}
