import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { FileSystem } from "../contract/handler.ts";
import { changesBetween } from "./planned-changes.ts";
import { createPlannedFiles } from "./planned-files.ts";
import { PlannedTree } from "./planned-tree.ts";
import { type Directory, holdDirectory } from "./walk.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:plan");

type Planned = Disposable & {
  readonly path: string;
  readonly tree: PlannedTree;
  readonly fs: FileSystem;
  readonly reads: { count: number };
};

function open({
  maxBytes = 1_000_000,
  prefix = [] as readonly string[],
  signal = new AbortController().signal,
} = {}): Planned {
  const at = scratch();
  const directory: Directory = holdDirectory(at.path);
  const tree = new PlannedTree(directory, maxBytes);
  const reads = { count: 0 };
  const onRead = () => {
    reads.count++;
  };
  const fs = createPlannedFiles({
    tree,
    prefix,
    maxBytes: 5_000_000,
    signal,
    now: () => 7,
    onRead,
    needs: () => {},
  });
  return {
    path: at.path,
    tree,
    fs,
    reads,
    [Symbol.dispose]() {
      directory[Symbol.dispose]();
      at[Symbol.dispose]();
    },
  };
}

const paths = ({ tree }: Planned, before = tree.root) =>
  [...changesBetween(tree, before, tree.root)].map(({ path }) => path);

test("a plan that would hold too much says so, and the change is not made", async () => {
  using planned = open({ maxBytes: 2000 });
  const start = planned.tree.root;
  await planned.fs.write("small", "x");
  expect(planned.tree.isFull).toBe(false);
  await expect(planned.fs.write("large", "x".repeat(2000))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(planned.tree.isFull).toBe(true);
  expect(paths(planned, start)).toEqual(["small"]);
});

test("each copied entry counts, however small", async () => {
  using planned = open({ maxBytes: 2000 });
  mkdirSync(join(planned.path, "d"));
  for (const name of ["1", "2", "3", "4"]) writeFileSync(join(planned.path, "d", name), "");
  await expect(planned.fs.copy("d", "e")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(await planned.fs.stat("e")).toBeUndefined();
});

test("a root that was handed out stays as it was, and can be put back", async () => {
  using planned = open();
  await planned.fs.write("d/one", "1", { createDirs: true });
  const first = planned.tree.root;
  await planned.fs.write("d/two", "2");
  await planned.fs.copy("d", "e");
  await planned.fs.write("e/one", "changed");
  expect((await planned.fs.read("d/one")).toString()).toBe("1");
  expect(paths(planned, first)).toEqual(["d/two", "e", "e/one", "e/two"]);
  planned.tree.root = first;
  expect(await Array.fromAsync(planned.fs.walk("."), ({ path }) => path)).toEqual(["d", "d/one"]);
});

test("what is changed back is no change", async () => {
  using planned = open();
  writeFileSync(join(planned.path, "f"), "same");
  writeFileSync(join(planned.path, "g"), "size");
  mkdirSync(join(planned.path, "d"));
  writeFileSync(join(planned.path, "d/x"), "x");
  const start = planned.tree.root;
  await planned.fs.move("f", "h");
  await planned.fs.write("g", "SIZE");
  await planned.fs.move("d", "e");
  expect(paths(planned, start)).toEqual(["d", "d/x", "e", "e/x", "f", "g", "h"]);
  await planned.fs.write("f", "same");
  await planned.fs.write("g", "size");
  await planned.fs.remove("h");
  await planned.fs.makeDir("d");
  await planned.fs.copy("e/x", "d/x");
  await planned.fs.remove("e", { recursive: true });
  expect(paths(planned, start)).toEqual([]);
});

test("changes at the same time: one path after another, and a parent that two of them need is made once", async () => {
  using planned = open();
  const { fs } = planned;
  await Promise.all([
    fs.write("d/one", slowly("1"), { createDirs: true }),
    fs.write("d/two", "2", { createDirs: true }),
    fs.write("d/one", "last", { createDirs: true }),
  ]);
  expect((await fs.read("d/one")).toString()).toBe("last");
  expect((await fs.list("d")).map(({ name }) => name)).toEqual(["one", "two"]);
});

test("a change that nobody awaited is settled; one that is cut off changes nothing", async () => {
  const controller = new AbortController();
  using planned = open({ signal: controller.signal });
  void planned.fs.write("late", slowly("late"));
  await planned.tree.settle();
  expect((await planned.fs.read("late")).toString()).toBe("late");
  const cut = planned.fs.write("cut", slowly("cut"));
  controller.abort(new RuntimeError("CANCELLED", "stop"));
  await expect(cut).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(planned.fs.stat("cut")).rejects.toMatchObject({ code: "CANCELLED" });
  expect(planned.tree.child(planned.tree.root, "cut")).toBeUndefined();
});

test("a name that becomes a file in the same effect cannot be a directory too", async () => {
  using planned = open();
  const files = ["a", "a/b"].map((path) => ({ path, data: "x" }));
  await expect(planned.fs.writeMany(files, { createDirs: true })).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
  });
});

test("a pipe is listed, and neither read nor removed nor copied", async () => {
  using planned = open();
  execFileSync("mkfifo", [join(planned.path, "pipe")]);
  expect(await planned.fs.list(".")).toMatchObject([{ name: "pipe", kind: "other" }]);
  expect(await planned.fs.stat("pipe")).toMatchObject({ kind: "other" });
  for (const refused of [
    planned.fs.read("pipe"),
    planned.fs.remove("pipe"),
    planned.fs.copy("pipe", "c"),
    planned.fs.write("pipe", "x"),
    planned.fs.move("pipe", "m"),
  ])
    await expect(refused).rejects.toMatchObject({ code: "PATH_REFUSED" });
});

test("the state directory is hidden below the workspace root, and not below another directory", async () => {
  using planned = open();
  mkdirSync(join(planned.path, ".ai-first"));
  expect(await planned.fs.list(".")).toEqual([]);
  using inner = open({ prefix: ["sub"] });
  mkdirSync(join(inner.path, ".AI-first"));
  expect((await inner.fs.list(".")).map(({ name }) => name)).toEqual([".AI-first"]);
});

test.for([
  ["read", (fs: FileSystem) => fs.read("f"), 1],
  ["list", (fs: FileSystem) => fs.list("."), 1],
  ["copy", (fs: FileSystem) => fs.copy("f", "g"), 1],
  ["move", (fs: FileSystem) => fs.move("f", "g"), 1],
  ["write", (fs: FileSystem) => fs.write("f", "x"), 0],
  ["remove", (fs: FileSystem) => fs.remove("f"), 0],
] as const)("reading is told: %s", async ([, act, count]) => {
  using planned = open();
  writeFileSync(join(planned.path, "f"), "f");
  await act(planned.fs);
  expect(planned.reads.count).toBe(count);
});

test("an overwritten file keeps its mode; a copy loses setuid", async () => {
  using planned = open();
  writeFileSync(join(planned.path, "f"), "f");
  chmodSync(join(planned.path, "f"), 0o4711);
  await planned.fs.copy("f", "g");
  await planned.fs.write("f", "new");
  expect([(await planned.fs.stat("f"))?.mode, (await planned.fs.stat("g"))?.mode]).toEqual([0o711, 0o711]);
  expect(await planned.fs.stat("g")).toMatchObject({ mtimeMs: 7, size: 1 });
});

async function* slowly(text: string): AsyncGenerator<Uint8Array> {
  for (const char of text) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from(char);
  }
}
