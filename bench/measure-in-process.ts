import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { Round } from "./round.ts";

export type RoundSettings = {
  readonly runs: number;
  readonly warmup: number;
  readonly concurrency: number;
  readonly fileSync: boolean;
};

/** One round of an engine in a fresh process, with a fresh directory below `workdir` and an empty store. */
export async function measureInProcess(
  engine: string,
  workdir: string,
  { runs, warmup, concurrency, fileSync }: RoundSettings,
): Promise<Round> {
  const directory = join(workdir, `${engine}-${crypto.randomUUID()}`);
  mkdirSync(directory);
  const args = Object.entries({ engine, directory, runs, warmup, concurrency }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  if (!fileSync) args.push("--no-file-sync");
  const child = spawn(process.execPath, [join(import.meta.dirname, "round.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`The round of ${engine} ended with ${code}.`);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Round;
}
