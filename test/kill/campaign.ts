import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Runtime } from "../../src/index.ts";
import { workspaceIn } from "../installation.ts";
import { nameOf } from "./doom.ts";

const DRIVER = join(import.meta.dirname, "driver.ts");

export type Ended = { readonly signal: NodeJS.Signals | null; readonly told: ReadonlyMap<number, string> };

/** Kills a driver some time after it told of so many runs. */
export type KillAt = { readonly afterRuns: number; readonly delayMs: number };

export function makeDirectories(directory: string, count: number): void {
  for (let index = 0; index < count; index++)
    mkdirSync(join(workspaceIn(directory), nameOf(index)), { recursive: true });
}

/** Runs a driver until it ends or is killed. @throws where it ended by a fault of its own */
export async function drive(
  directory: string,
  mode: "inject" | "plain",
  concurrency: number,
  indexes: readonly number[],
  killAt?: KillAt,
): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [DRIVER, directory, mode, String(concurrency), ...indexes.map(String)],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  let killing = false;
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (killAt === undefined || killing || stdout.split("\n").length <= killAt.afterRuns) return;
    killing = true;
    void sleep(killAt.delayMs).then(() => child.kill("SIGKILL"));
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (...end) => resolve(end)),
  );
  if (signal !== "SIGKILL" && code !== 0)
    throw new Error(`A driver ended with ${code ?? signal}:\n${stderr}`);
  const lines = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" "));
  return { signal, told: new Map(lines.map(([index, status]) => [Number(index), status ?? ""])) };
}

/** The run of each directory, from the ledger. */
export function runsByIndex(runtime: Runtime): Map<number, string> {
  const found = new Map<number, string>();
  for (const entry of runtime.ledger.entries({ types: ["run-started"] }))
    if (entry.type === "run-started") found.set(Number(entry.data.cwd.slice(1)), entry.run);
  return found;
}

export type FileState = "right" | "gone" | "wrong";

/** What a run left in its directory. */
export function fileState(directory: string, index: number): FileState {
  const own = join(workspaceIn(directory), nameOf(index));
  const names = readdirSync(own);
  if (names.length === 0) return "gone";
  if (names.length > 1 || names[0] !== "out.txt") return "wrong";
  return new RegExp(`^run_id=${index}\\nts=\\S+\\n$`).test(readFileSync(join(own, "out.txt"), "utf8"))
    ? "right"
    : "wrong";
}
