import {
  chmodSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { snapshot } from "../../test/snapshot.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem } from "../contract/handler.ts";
import type { Change } from "../contract/image.ts";
import { carryOut, invert, survey } from "./carry-out.ts";
import { createFiles } from "./files.ts";
import { ReadMarks } from "./read-marks.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:exact");

function open(path: string): { workspace: Workspace; fs: FileSystem; effects: Change[][] } {
  const workspace = openWorkspace(path, "test");
  const effects: Change[][] = [];
  const fs = createFiles({
    workspace,
    directory: workspace.root,
    prefix: [],
    reads: new ReadMarks(),
    run: "run",
    maxBytes: 1_000_000,
    signal: new AbortController().signal,
    needs: () => {},
    lastSeq: () => 0,
    intend: async (_, changes) => {
      effects.push([...changes]);
      return async () => {};
    },
  });
  return { workspace, fs, effects };
}

function fill(path: string): void {
  mkdirSync(join(path, "a/deep"), { recursive: true });
  mkdirSync(join(path, "b"));
  writeFileSync(join(path, "a/one"), "one");
  writeFileSync(join(path, "a/deep/two"), "two");
  writeFileSync(join(path, "b/three"), Buffer.from([0, 255, 254]));
  writeFileSync(join(path, "four"), "four\n");
  symlinkSync("four", join(path, "link"));
  chmodSync(join(path, "a/one"), 0o600);
  chmodSync(join(path, "b"), 0o750);
  utimesSync(join(path, "a/one"), 1_000_000_000.123456, 1_000_000_000.123456);
}

const names = fc.constantFrom(
  "a",
  "a/one",
  "a/deep",
  "a/deep/two",
  "b",
  "b/three",
  "four",
  "link",
  "new",
  "a/new",
  "c/d/new",
);
const operation = fc.oneof(
  fc.record({
    op: fc.constant("write" as const),
    path: names,
    text: fc.string(),
    createDirs: fc.boolean(),
    overwrite: fc.boolean(),
  }),
  fc.record({ op: fc.constant("makeDir" as const), path: names, parents: fc.boolean() }),
  fc.record({ op: fc.constant("remove" as const), path: names, recursive: fc.boolean() }),
  fc.record({ op: fc.constant("move" as const), path: names, to: names, overwrite: fc.boolean() }),
  fc.record({ op: fc.constant("copy" as const), path: names, to: names, overwrite: fc.boolean() }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

async function run(fs: FileSystem, step: Operation): Promise<void> {
  try {
    if (step.op === "write") await fs.write(step.path, step.text, step);
    else if (step.op === "makeDir") await fs.makeDir(step.path, { ...step, existOk: true });
    else if (step.op === "remove") await fs.remove(step.path, step);
    else if (step.op === "move") await fs.move(step.path, step.to, step);
    else await fs.copy(step.path, step.to, step);
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === "UNKNOWN" || error.code === "INTERNAL")
      throw error;
  }
}

test("any effects, taken back last first, leave everything as it was; done again, as they left it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 8 }), async (steps) => {
      using directory = scratch();
      fill(directory.path);
      const before = snapshot(directory.path, { times: true });
      const { workspace, fs, effects } = open(directory.path);
      for (const step of steps) await run(fs, step);
      const after = snapshot(directory.path);

      const ways: Change[][] = [];
      for (const changes of effects.toReversed()) {
        const standings = await survey(workspace, invert(changes), true);
        expect(standings.map(({ at }) => at).filter((at) => at === "elsewhere")).toEqual([]);
        const way = standings.map(({ change, present }) => ({ ...change, before: present }));
        ways.push(way);
        expect(await carryOut(workspace, way)).toEqual([]);
      }
      expect(snapshot(directory.path, { times: true })).toEqual(before);

      for (const way of ways.toReversed()) {
        await survey(workspace, invert(way), true);
        await carryOut(workspace, invert(way));
      }
      expect(snapshot(directory.path)).toEqual(after);
      workspace.close();
    }),
    { numRuns: 100 },
  );
});

test("a file at the top is not mistaken for one in a directory that is made with it", async () => {
  using directory = scratch();
  writeFileSync(join(directory.path, "abc"), "mine");
  const { workspace, fs } = open(directory.path);
  const files = [
    { path: "ab/x", data: "1" },
    { path: "abc", data: "2" },
  ];
  await expect(fs.writeMany(files, { createDirs: true, overwrite: false })).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
  });
  workspace.close();
});

test.for([
  [["a/b", "a"], "ALREADY_EXISTS"],
  [["a", "a/b"], "ALREADY_EXISTS"],
  [["x", "x"], "INPUT_INVALID"],
] as const)("%o cannot be written at once", async ([paths, code]) => {
  using directory = scratch();
  const { workspace, fs } = open(directory.path);
  const before = snapshot(directory.path);
  await expect(
    fs.writeMany(
      paths.map((path) => ({ path, data: "" })),
      { createDirs: true },
    ),
  ).rejects.toMatchObject({ code });
  expect(snapshot(directory.path)).toEqual(before);
  workspace.close();
});

test("what is moved over something that looks the same is moved all the same, and back", async () => {
  using directory = scratch();
  const { workspace, fs, effects } = open(directory.path);
  await fs.makeDir("new");
  await fs.makeDir("a");
  const before = snapshot(directory.path);
  await fs.move("a", "new", { overwrite: true });
  expect(snapshot(directory.path).map((line) => line.split(" ")[0])).toEqual(["new/"]);
  const [moved = []] = effects.slice(-1);
  await survey(workspace, invert(moved), true);
  await carryOut(workspace, invert(moved));
  expect(snapshot(directory.path)).toEqual(before);
  workspace.close();
});

test("an empty directory is removed like a file, a full one only on purpose", async () => {
  using directory = scratch();
  const { workspace, fs } = open(directory.path);
  for (const path of ["empty", "full"]) await fs.makeDir(path);
  await fs.write("full/a", "a");
  await fs.remove("empty");
  await expect(fs.remove("full")).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: '"full" is a directory that is not empty; pass recursive: true.',
  });
  await fs.remove("full", { recursive: true });
  expect(snapshot(directory.path)).toEqual([]);
  workspace.close();
});

test.for<[string, (fs: FileSystem) => Promise<unknown>, string]>([
  ["what is read", (fs) => fs.read("large"), '"large" has 1000001 bytes; at most 1000000 are read.'],
  ["a text", (fs) => fs.write("new", "ß".repeat(500_001)), "The content is larger than 1000000 bytes."],
  ["bytes", (fs) => fs.write("new", Buffer.alloc(1_000_001)), "The content is larger than 1000000 bytes."],
  [
    "chunks that have no end",
    (fs) => fs.write("new", endless()),
    "The content is larger than 1000000 bytes.",
  ],
  ["a copied file", (fs) => fs.copy("large", "new"), '"large" makes the copy larger than is allowed.'],
  ["a copied directory", (fs) => fs.copy("d", "new"), '"d/2" makes the copy larger than is allowed.'],
])("%s over the limit: nothing is written, nothing is left half built", async ([, act, message]) => {
  using directory = scratch();
  const { workspace, fs, effects } = open(directory.path);
  mkdirSync(join(directory.path, "d"));
  for (const [name, size] of [
    ["large", 1_000_001],
    ["d/1", 600_000],
    ["d/2", 600_000],
  ] as const) {
    writeFileSync(join(directory.path, name), "");
    truncateSync(join(directory.path, name), size);
  }
  const before = snapshot(directory.path, { times: true });
  await expect(act(fs)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", message });
  expect(snapshot(directory.path, { times: true })).toEqual(before);
  expect(readdirSync(join(directory.path, ".ai-first/staging/test"))).toEqual([]);
  expect(effects).toEqual([]);
  workspace.close();
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(100_000);
}

test("the state directory is hidden below the workspace root alone, where nobody may name it", async () => {
  using directory = scratch();
  const { workspace, fs } = open(directory.path);
  mkdirSync(join(directory.path, "d/.AI-first"), { recursive: true });
  expect(await fs.list(".")).toMatchObject([{ path: "d", kind: "dir" }]);
  expect(await fs.list("d")).toMatchObject([{ path: "d/.AI-first", kind: "dir" }]);
  await expect(fs.list("d/.AI-first")).rejects.toMatchObject({ code: "PATH_REFUSED" });
  workspace.close();
});
