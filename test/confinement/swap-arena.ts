import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";

import { type ErrorCode, RuntimeError } from "../../src/contract/errors.ts";
import type { FileSystem } from "../../src/contract/handler.ts";
import { createFiles } from "../../src/workspace/files.ts";
import { ReadMarks } from "../../src/workspace/read-marks.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { scratch } from "../scratch.ts";
import { snapshot } from "../snapshot.ts";

const SECRET = "secret of the outside";

export type Arena = AsyncDisposable & {
  readonly fs: FileSystem;
  readonly inside: string;
  /** What was changed outside or taken from there, until now. */
  readonly harm: () => readonly string[];
};

/** A workspace in which `dir` is a directory and a link to the outside by turns, thousands of times a second. */
export async function openArena(): Promise<Arena> {
  const directory = scratch();
  const root = realpathSync(directory.path);
  const [inside, outside] = [join(root, "ws"), join(root, "outside")];
  for (const path of [inside, outside, join(inside, "dir")]) mkdirSync(path);
  for (const name of ["file", "victim"]) writeFileSync(join(outside, name), SECRET);
  for (const name of ["base", "dir/file"]) writeFileSync(join(inside, name), "inside");
  symlinkSync(outside, join(inside, "link"));
  const before = snapshot(outside, { times: true });
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
    lastSeq: () => 0,
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
  if (!String(first).includes("swapping")) throw new Error(`Nothing is swapped: ${String(first)}`);
  return {
    fs,
    inside,
    harm: () => {
      const after = snapshot(outside, { times: true });
      return [
        ...before.filter((line) => !after.includes(line)),
        ...after.filter((line) => !before.includes(line)),
        ...readdirSync(inside).filter(
          (name) => isTaken(name) && attempt(() => readFileSync(join(inside, name), "utf8")) === SECRET,
        ),
      ];
    },
    async [Symbol.asyncDispose]() {
      attacker.stdin?.end();
      await once(attacker, "exit");
      workspace.close();
      directory[Symbol.dispose]();
    },
  };
}

/** Ways to look through `dir`; each says whether it saw the outside. */
export const LOOKS: Readonly<Record<string, (fs: FileSystem) => Promise<boolean>>> = {
  read: async (fs) => (await fs.read("dir/file")).toString() === SECRET,
  list: async (fs) => (await fs.list("dir")).some(({ name }) => name === "victim"),
  stat: async (fs) => (await fs.stat("dir/victim")) !== undefined,
  walk: async (fs) => {
    for await (const { path } of fs.walk(".")) if (path.includes("victim")) return true;
    return false;
  },
};

/** Ways to change something through `dir`. */
export const CHANGES: Readonly<Record<string, (fs: FileSystem, index: number) => Promise<unknown>>> = {
  write: (fs, index) => fs.write(`dir/new-${index}`, "x"),
  overwrite: (fs) => fs.write("dir/victim", "x"),
  "writeMany with new directories": (fs, index) =>
    fs.writeMany([{ path: `dir/many-${index}/x`, data: "x" }], { createDirs: true }),
  makeDir: (fs, index) => fs.makeDir(`dir/made-${index}`),
  remove: (fs) => fs.remove("dir/victim"),
  "move out of": (fs, index) => fs.move("dir/victim", `taken-${index}`),
  "move into": async (fs, index) => {
    await fs.write(`source-${index}`, "x");
    await fs.move(`source-${index}`, `dir/moved-${index}`);
  },
  "copy out of": (fs, index) => fs.copy("dir/victim", `taken-${index}`),
  "copy into": (fs, index) => fs.copy("base", `dir/copy-${index}`),
};

function isTaken(name: string): boolean {
  return name.startsWith("taken-");
}

/** What the usual implementations do: resolve, compare the prefix, open. `true` where that read the outside. */
export function readNaively({ inside }: Arena): boolean {
  const text = attempt(() => {
    const real = realpathSync(join(inside, "dir/file"));
    if (!real.startsWith(`${inside}/`)) throw new Error("outside");
    return readFileSync(real, "utf8");
  });
  return text === SECRET;
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

export type Tries = {
  readonly tried: number;
  readonly succeeded: number;
  readonly refused: ReadonlyMap<ErrorCode, number>;
};

/** Runs an action again and again; what it throws must be of the catalogue, and is counted. */
export async function repeat(
  times: number,
  action: (index: number) => Promise<unknown>,
  maxSeconds = Infinity,
): Promise<Tries> {
  const end = Date.now() + maxSeconds * 1000;
  const refused = new Map<ErrorCode, number>();
  let succeeded = 0;
  let tried = 0;
  while (tried < times && Date.now() < end) {
    try {
      await action(tried);
      succeeded += 1;
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code === "UNKNOWN" || error.code === "INTERNAL")
        throw error;
      refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
    }
    tried += 1;
  }
  return { tried, succeeded, refused };
}
