import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";

import { expect, test } from "vitest";

import { RuntimeError } from "../../src/contract/errors.ts";
import type { FileSystem } from "../../src/contract/handler.ts";
import { createFiles } from "../../src/workspace/files.ts";
import { ReadMarks } from "../../src/workspace/read-marks.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { scratch } from "../scratch.ts";
import { snapshot } from "../snapshot.ts";

const MAX_NAIVE_TRIES = 2_000_000;
const SECRET = "secret of the outside";

export type RaceLength = { readonly reads: number; readonly changes: number; readonly maxSeconds: number };

type Arena = AsyncDisposable & { readonly fs: FileSystem; readonly inside: string; readonly outside: string };

/** The attack on every door of the file system, with so many tries, as tests. */
export function testSwapRace({ reads, changes, maxSeconds }: RaceLength): void {
  const timeout = 4 * maxSeconds * 1000;

  test(
    "the attack succeeds against resolving and comparing paths, and never against a read",
    { timeout },
    async () => {
      await using arena = await openArena();
      let naiveEscapes = 0;
      for (let i = 0; i < MAX_NAIVE_TRIES && naiveEscapes === 0; i++)
        if (attempt(() => readNaively(arena.inside, "dir/file")) === SECRET) naiveEscapes += 1;
      expect(naiveEscapes).toBe(1);

      const { tried, succeeded } = await repeat(reads, maxSeconds, async () => {
        expect((await arena.fs.read("dir/file")).toString()).toBe("inside");
      });
      expect(tried).toBe(reads);
      // Both states were met: some reads found the directory, others the link.
      expect(succeeded).toBeGreaterThan(0);
      expect(succeeded).toBeLessThan(tried);
    },
  );

  test("nothing is seen outside by looking and listing", { timeout }, async () => {
    await using arena = await openArena();
    await repeat(reads / 4, maxSeconds, async () => {
      expect((await arena.fs.list("dir")).map(({ name }) => name)).toEqual(["file"]);
    });
    await repeat(reads / 4, maxSeconds, async () => {
      expect(await arena.fs.stat("dir/victim")).toBeUndefined();
    });
    await repeat(reads / 4, maxSeconds, async () => {
      for await (const { path } of arena.fs.walk(".")) expect(path).not.toContain("victim");
    });
  });

  test.for<readonly [string, (fs: FileSystem, index: number) => Promise<unknown>]>([
    ["write", (fs, index) => fs.write(`dir/new-${index}`, "x")],
    ["overwrite", (fs) => fs.write("dir/victim", "x")],
    [
      "writeMany with new directories",
      (fs, index) => fs.writeMany([{ path: `dir/many-${index}/x`, data: "x" }], { createDirs: true }),
    ],
    ["makeDir", (fs, index) => fs.makeDir(`dir/made-${index}`)],
    ["remove", (fs) => fs.remove("dir/victim")],
    ["move out of", (fs, index) => fs.move("dir/victim", `stolen-${index}`)],
    [
      "move into",
      async (fs, index) => {
        await fs.write(`source-${index}`, "x");
        await fs.move(`source-${index}`, `dir/moved-${index}`);
      },
    ],
    [
      "copy out of",
      async (fs, index) => {
        await fs.copy("dir/victim", `copied-${index}`);
      },
    ],
    ["copy into", (fs, index) => fs.copy("base", `dir/copy-${index}`)],
  ])("nothing outside is changed or taken by %s", { timeout }, async ([, action]) => {
    await using arena = await openArena();
    writeFileSync(join(arena.inside, "base"), "x");
    const before = snapshot(arena.outside, { times: true });
    const { tried } = await repeat(changes, maxSeconds, (index) => action(arena.fs, index));
    expect(tried).toBeGreaterThan(0);
    expect(snapshot(arena.outside, { times: true })).toEqual(before);
    const taken = readdirSync(arena.inside).filter((name) => /^(?:stolen|copied)-/.test(name));
    for (const name of taken)
      expect(attempt(() => readFileSync(join(arena.inside, name), "utf8"))).not.toBe(SECRET);
  });
}

/** A workspace in which `dir` is a directory and a link to the outside by turns, thousands of times a second. */
async function openArena(): Promise<Arena> {
  const directory = scratch();
  const root = realpathSync(directory.path);
  const [inside, outside] = [join(root, "ws"), join(root, "outside")];
  for (const path of [inside, outside, join(inside, "dir")]) mkdirSync(path);
  for (const name of ["file", "victim"]) writeFileSync(join(outside, name), SECRET);
  writeFileSync(join(inside, "dir", "file"), "inside");
  symlinkSync(outside, join(inside, "link"));
  const workspace = openWorkspace(inside, "test");
  const fs = createFiles({
    workspace,
    directory: workspace.root,
    prefix: [],
    run: "run",
    reads: new ReadMarks(),
    maxBytes: 1_000_000,
    signal: new AbortController().signal,
    needs: () => {},
    intend: async () => {
      await turn();
      return async () => {};
    },
  });
  const attacker: ChildProcess = spawn("python3", [
    join(import.meta.dirname, "swap.py"),
    join(inside, "dir"),
    join(inside, "link"),
  ]);
  const [first] = await once(attacker.stdout as NodeJS.ReadableStream, "data");
  expect(String(first)).toContain("swapping");
  return {
    fs,
    inside,
    outside,
    async [Symbol.asyncDispose]() {
      attacker.stdin?.end();
      await once(attacker, "exit");
      workspace.close();
      directory[Symbol.dispose]();
    },
  };
}

/** What the usual implementations do: resolve, compare the prefix, open. */
function readNaively(root: string, path: string): string {
  const real = realpathSync(join(root, path));
  if (!real.startsWith(`${root}/`)) throw new Error("outside");
  return readFileSync(real, "utf8");
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Runs an action again and again; what it throws must be of the catalogue. Returns how often it succeeded. */
async function repeat(
  times: number,
  maxSeconds: number,
  action: (index: number) => Promise<unknown>,
): Promise<{ tried: number; succeeded: number }> {
  const end = Date.now() + maxSeconds * 1000;
  let succeeded = 0;
  let tried = 0;
  while (tried < times && Date.now() < end) {
    try {
      await action(tried);
      succeeded += 1;
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code === "UNKNOWN" || error.code === "INTERNAL")
        throw error;
    }
    tried += 1;
  }
  return { tried, succeeded };
}
