import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect } from "vitest";

import { CATEGORIES } from "../../src/contract/errors.ts";
import { scratch } from "../scratch.ts";
import { line } from "./fuzz-lines.ts";
import { type Answer, runBridge } from "./run-bridge.ts";
import { startBridge } from "./spawn-bridge.ts";
import { readRecord } from "./run-bridge.ts";

const CODES: ReadonlySet<number> = new Set([0, ...Object.values(CATEGORIES).map(({ exit }) => exit)]);

/** So many lines in this process: each prints one record and ends with a code of the table. */
export async function fuzzLines(runs: number): Promise<void> {
  using directory = scratch();
  prepare(directory.path);
  await fc.assert(
    fc.asyncProperty(line, async (argv) => check(await runBridge(argv, { directory: directory.path }))),
    { numRuns: runs },
  );
}

/** So many lines in processes of their own, some of which are told to stop meanwhile. */
export async function fuzzProcesses(runs: number): Promise<void> {
  using directory = scratch();
  prepare(directory.path);
  const signal = fc.option(fc.tuple(fc.constantFrom("SIGTERM", "SIGINT"), fc.integer({ min: 0, max: 2000 })));
  await fc.assert(
    fc.asyncProperty(line, signal, async (argv, told) => {
      const { child, ended } = startBridge(argv, directory.path);
      if (told !== null) {
        const [name, delayMs] = told;
        setTimeout(() => child.kill(name as NodeJS.Signals), 200 + delayMs);
      }
      const { code, stdout, stderr } = await ended;
      // Node does not listen yet when it starts, and no more when it ends: then the record is there, or nothing ran.
      if (told !== null && code === null && stdout === "") return;
      if (told !== null && code === null) {
        readRecord(argv, stdout);
        return;
      }
      check({ exitCode: code ?? -1, record: readRecord(argv, stdout), stderr });
    }),
    { numRuns: runs },
  );
}

function check({ exitCode, record }: Answer): void {
  const error = record["error"] as { readonly category: keyof typeof CATEGORIES } | null;
  expect(CODES.has(exitCode), `exit code ${exitCode}`).toBe(true);
  expect(exitCode).toBe(error === null ? 0 : CATEGORIES[error.category].exit);
}

function prepare(directory: string): void {
  writeFileSync(join(directory, "fuzz.json"), '{"type":"object"}');
  symlinkSync("loop", join(directory, "loop"));
}
