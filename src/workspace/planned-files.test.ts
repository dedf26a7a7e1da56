import { chmodSync, linkSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { snapshot } from "../../test/snapshot.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem } from "../contract/handler.ts";
import { createFiles } from "./files.ts";
import { changesBetween } from "./planned-changes.ts";
import { createPlannedFiles } from "./planned-files.ts";
import { PlannedTree } from "./planned-tree.ts";
import { ReadMarks } from "./read-marks.ts";
import { openWorkspace } from "./workspace.ts";
import { holdDirectory } from "./walk.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:plan");

const MAX_BYTES = 40;

function fill(path: string): void {
  mkdirSync(join(path, "a/deep"), { recursive: true });
  mkdirSync(join(path, "b"));
  mkdirSync(join(path, "c"));
  mkdirSync(join(path, "c/.git"));
  writeFileSync(join(path, "c/.git/config"), "protected");
  writeFileSync(join(path, "a/one"), "one");
  writeFileSync(join(path, "a/deep/two"), "two");
  writeFileSync(join(path, "b/three"), Buffer.from([0, 255, 254]));
  writeFileSync(join(path, "big"), "x".repeat(MAX_BYTES + 1));
  writeFileSync(join(path, "four"), "four\n");
  symlinkSync("four", join(path, "link"));
  symlinkSync("a", join(path, "way"));
  mkdirSync(join(path, "hard"));
  writeFileSync(join(path, "hard/x"), "twice");
  linkSync(join(path, "hard/x"), join(path, "hard/y"));
  chmodSync(join(path, "a/one"), 0o600);
  chmodSync(join(path, "b"), 0o750);
  utimesSync(join(path, "a/one"), 1_000_000_000, 1_000_000_000);
}

const names = fc.constantFrom(
  ..."a a/one a/deep a/deep/two b b/three big four link way/one new a/new d/e/new d four/x".split(" "),
  ..."c c/.git c/.git/config hard hard/x .env . .. a//b .ai-first/x".split(" "),
);
const operation = fc.oneof(
  fc.record({
    op: fc.constant("write" as const),
    path: names,
    text: fc.string({ maxLength: 12 }),
    createDirs: fc.boolean(),
    overwrite: fc.boolean(),
  }),
  fc.record({
    op: fc.constant("writeMany" as const),
    paths: fc.array(names, { maxLength: 3 }),
    mode: fc.constantFrom(0o600, 0o755),
    createDirs: fc.boolean(),
  }),
  fc.record({
    op: fc.constant("makeDir" as const),
    path: names,
    parents: fc.boolean(),
    existOk: fc.boolean(),
  }),
  fc.record({ op: fc.constant("remove" as const), path: names, recursive: fc.boolean() }),
  fc.record({ op: fc.constant("move" as const), path: names, to: names, overwrite: fc.boolean() }),
  fc.record({ op: fc.constant("copy" as const), path: names, to: names, overwrite: fc.boolean() }),
  fc.record({
    op: fc.constantFrom(
      "read" as const,
      "chunks" as const,
      "stat" as const,
      "list" as const,
      "walk" as const,
    ),
    path: names,
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

async function run(fs: FileSystem, step: Operation): Promise<unknown> {
  switch (step.op) {
    case "write":
      return fs.write(step.path, step.text, step);
    case "writeMany":
      return fs.writeMany(
        step.paths.map((path) => ({ path, data: pieces(path), mode: step.mode })),
        step,
      );
    case "makeDir":
      return fs.makeDir(step.path, step);
    case "remove":
      return fs.remove(step.path, step);
    case "move":
      return fs.move(step.path, step.to, step);
    case "copy":
      return fs.copy(step.path, step.to, step);
    case "read":
      return (await fs.read(step.path)).toString("base64");
    case "chunks":
      return Buffer.concat(await Array.fromAsync(fs.readChunks(step.path))).toString("base64");
    case "stat": {
      const stat = await fs.stat(step.path);
      return stat && { kind: stat.kind, mode: stat.mode, size: stat.kind === "file" ? stat.size : 0 };
    }
    case "list":
      return fs.list(step.path);
    case "walk":
      return Array.fromAsync(fs.walk(step.path));
    default:
      return step satisfies never;
  }
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  for (const char of text.repeat(3)) yield Buffer.from(char);
}

async function outcomeOf(fs: FileSystem, step: Operation): Promise<unknown> {
  try {
    return { result: await run(fs, step) };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { error: error.code, message: error.message };
  }
}

/** What `snapshot` tells about a real directory, as the file system of a step shows it. */
async function view(fs: FileSystem, base: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { path, kind } of fs.walk(".")) {
    const mode = ((await fs.stat(path))?.mode ?? 0).toString(8);
    if (kind === "dir") lines.push(`${path}/ ${mode}`);
    else if (kind === "link") lines.push(`${path} link`);
    else if (path.startsWith("hard/") && lstatSync(join(base, path), { throwIfNoEntry: false })?.nlink === 2)
      lines.push(`${path} hard`);
    else lines.push(`${path} ${mode} ${(await fs.read(path, { maxBytes: 1000 })).toString("base64")}`);
  }
  return lines;
}

const required = { needs: () => {}, prefix: [], maxBytes: MAX_BYTES, signal: new AbortController().signal };

test("any operations have the results and errors that they really have, later ones see earlier ones, and nothing is touched", async () => {
  const umask = process.umask(0o022);
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 10 }), async (steps) => {
      using base = scratch();
      using copy = scratch();
      fill(base.path);
      fill(copy.path);
      const before = snapshot(base.path, { times: true });
      const untouched = snapshot(copy.path);
      const workspace = openWorkspace(copy.path, "test");
      const real = createFiles({
        ...required,
        workspace,
        directory: workspace.root,
        run: "run",
        reads: new ReadMarks(),
        lastSeq: () => 0,
        intend: async () => async () => {},
      });
      using directory = holdDirectory(base.path);
      const tree = new PlannedTree(directory, 1_000_000);
      const planned = createPlannedFiles({ ...required, tree, now: Date.now, onRead: () => {} });
      const start = tree.root;

      for (const step of steps)
        expect([step, await outcomeOf(planned, step)]).toEqual([step, await outcomeOf(real, step)]);
      expect(await view(planned, base.path)).toEqual(await view(real, copy.path));
      expect(snapshot(base.path, { times: true })).toEqual(before);

      const changed = [...changesBetween(tree, start, tree.root)].map(({ path }) => path);
      expect([...new Set(changed)].sort()).toEqual(changedPaths(untouched, snapshot(copy.path)));
      workspace.close();
    }),
    { numRuns: 60 },
  );
  process.umask(umask);
});

/** Of a directory that stays one, neither mode nor time count as a change. */
function changedPaths(before: readonly string[], after: readonly string[]): string[] {
  const [left, right] = [byPath(before), byPath(after)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .sort();
}

function byPath(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => [(line.split(" ")[0] ?? "").replace(/\/$/, ""), line.replace(/\/ \d+$/, "/")]),
  );
}
