import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as fc from "fast-check";
import { expect } from "vitest";

import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { serialOrderCapabilities } from "./serial-order-capabilities.ts";

const PATHS = ["top", "dir/inner"] as const;

/** What a run does, in steps: it adds a letter to a text in two of them, writes a text, or makes a file and removes it. */
const action = fc.record({
  kind: fc.constantFrom("append", "append", "append", "set", "clear"),
  path: fc.constantFrom(PATHS[0], PATHS[0], ...PATHS),
  waitMs: fc.nat(20),
});
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;
const run = fc.array(action, { minLength: 1, maxLength: 3 });
const side = fc.record({
  /** Of one process, at once. */
  runs: fc.array(run, { minLength: 1, maxLength: 2 }),
  /** The process is killed at this change of the disk, or once so many intents of effects are durable; 0: never. */
  crash: fc.oneof(
    fc.record({ change: fc.integer({ min: 10, max: 100 }), intents: fc.constant(0) }),
    fc.record({ change: fc.constant(0), intents: fc.nat(3) }),
  ),
  recoverAfterMs: fc.nat(200),
  /** Draws how long each commit waits, so that others come between what it was based on and itself. */
  seed: fc.nat(1_000_000),
});
type Side = typeof side extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * Two processes with a few runs over few paths at once, each killed somewhere, and a third that recovers them: every
 * run that had started is completed, and the files are as after some order of the runs one by one.
 */
export async function checkSerialOrder(numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.tuple(side, side), async (sides) => {
      using directory = scratch();
      const flows = layOut(directory.path, sides);
      await using runtime = await openIn(directory.path, { capabilities: serialOrderCapabilities });
      const drives = sides.map((each, index) => drive(directory.path, each, flows[index] ?? []));
      // What a dead process holds, others wait for: it is recovered while the other one goes on.
      await Promise.all(
        drives.map(async (ended, index) => {
          await ended;
          await sleep(sides[index]?.recoverAfterMs);
          await runtime.recover();
        }),
      );
      const rows = runtime.ledger.runs();
      expect(rows.map(({ status, reason }) => [status, reason])).toEqual(rows.map(() => ["COMPLETED", null]));
      const completed = rows.map(({ name }) => programOf(sides, name));
      expect(orders(completed).map(outcomeOf)).toContainEqual(present(directory.path));
      await runtime.ledger.flush();
      expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
    }),
    // Timing is a part of each case: a smaller one may well pass.
    { numRuns, endOnFailure: true },
  );
}

/** A file for each run; its name tells which it is. */
function layOut(directory: string, sides: readonly Side[]): string[][] {
  mkdirSync(workspaceIn(directory), { recursive: true });
  writeFileSync(join(workspaceIn(directory), PATHS[0]), "0");
  return sides.map(({ runs }, at) =>
    runs.map((actions, index) => {
      const name = `flow-${at}-${index}`;
      const file = join(directory, `${name}.json`);
      const steps = actions.flatMap((each, place) => stepsOf(each, letterOf(name, place), place));
      const chained = steps.map((step, place) => ({
        ...step,
        depends_on: place === 0 ? [] : [steps[place - 1]?.name],
      }));
      writeFileSync(
        file,
        JSON.stringify({
          name,
          version: "1.0.0",
          description: name,
          metadata: { owner: "test" },
          steps: chained,
        }),
      );
      return file;
    }),
  );
}

function stepsOf({ kind, path, waitMs }: Action, letter: string, at: number) {
  const put = (text: string) => ({
    name: `put${at}`,
    capability_name: "test.put",
    inputs: { path, waitMs, text },
  });
  switch (kind) {
    case "append": {
      const get = { name: `get${at}`, capability_name: "test.get", inputs: { path, waitMs } };
      return [get, put(`{{ get${at}.text }}${letter}`)];
    }
    case "set":
      return [put(letter)];
    default:
      return [put(letter), { name: `delete${at}`, capability_name: "io.fs.delete", inputs: { path } }];
  }
}

async function drive(directory: string, { crash, seed }: Side, flows: readonly string[]): Promise<void> {
  const here = import.meta.dirname;
  const child = spawn(
    process.execPath,
    [
      "--import",
      join(here, "crash/points.mjs"),
      join(here, "serial-order-driver.ts"),
      directory,
      String(seed),
      String(crash.intents),
      ...flows,
    ],
    { env: { ...process.env, CRASH_AT: String(crash.change) }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGKILL")
    throw new Error(`The driver ended with ${code ?? signal}:\n${stderr}`);
}

type Program = { readonly name: string; readonly actions: readonly Action[] };

function programOf(sides: readonly Side[], name: string): Program {
  const [at, index] = placeOf(name);
  return { name, actions: sides[at]?.runs[index] ?? [] };
}

/** Different for every action of every run. */
function letterOf(name: string, place: number): string {
  const [at, index] = placeOf(name);
  return String.fromCodePoint(97 + (at * 2 + index) * 3 + place);
}

function placeOf(name: string): [number, number] {
  const [, at, index] = name.split("-").map(Number);
  return [at ?? 0, index ?? 0];
}

/** The texts of the paths after these programs, one by one. */
function outcomeOf(programs: readonly Program[]): Record<string, string> {
  const texts = new Map<string, string>([[PATHS[0], "0"]]);
  for (const { name, actions } of programs)
    for (const [at, { kind, path }] of actions.entries()) {
      if (kind === "clear") texts.delete(path);
      else texts.set(path, (kind === "append" ? (texts.get(path) ?? "") : "") + letterOf(name, at));
    }
  return Object.fromEntries(texts);
}

function present(directory: string): Record<string, string> {
  return Object.fromEntries(
    PATHS.flatMap((path) => {
      try {
        return [[path, readFileSync(join(workspaceIn(directory), path), "utf8")]];
      } catch {
        return [];
      }
    }),
  );
}

function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
