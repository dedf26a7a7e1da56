import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { mayMount, mountTmpfs, unmount } from "../../test/mounts.ts";
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

test("directories that several files of one effect need are made once, each before what lies in it", async () => {
  using planned = open();
  const start = planned.tree.root;
  const files = ["d/a", "d/e/b", "d/e/c"].map((path) => ({ path, data: "x" }));
  await planned.fs.writeMany(files, { createDirs: true });
  expect(paths(planned, start)).toEqual(["d", "d/a", "d/e", "d/e/b", "d/e/c"]);
  await expect(planned.fs.writeMany([...files, ...files])).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: '"d/a" is written twice at once.',
  });
});

test("what somebody puts in the way of a directory while the plan is made is not planned over", async () => {
  using planned = open();
  async function* late(): AsyncGenerator<Uint8Array> {
    writeFileSync(join(planned.path, "d"), "theirs");
    yield Buffer.from("x");
  }
  await expect(planned.fs.write("d/a", late(), { createDirs: true })).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    message: '"d": EEXIST',
  });
});

test("the directory itself is there and no file; a link is a name and no way", async () => {
  using planned = open();
  mkdirSync(join(planned.path, "d"));
  symlinkSync("d", join(planned.path, "link"));
  const { fs } = planned;
  expect(await fs.stat(".")).toMatchObject({ kind: "dir" });
  expect(await fs.stat("link")).toMatchObject({ kind: "link" });
  await expect(fs.read(".")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  await expect(fs.copy("nothing", "c")).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
    message: '"nothing" does not exist.',
  });
  for (const refused of [fs.read("link"), fs.stat("link/a"), fs.write("link/a", "x")])
    await expect(refused).rejects.toMatchObject({
      code: "PATH_REFUSED",
      message: 'The path "link" is a link; links are not followed.',
    });
});

test("a link that is replaced is a change only where it leads elsewhere then", async () => {
  using planned = open();
  symlinkSync("here", join(planned.path, "one"));
  symlinkSync("here", join(planned.path, "same"));
  symlinkSync("there", join(planned.path, "other"));
  const start = planned.tree.root;
  await planned.fs.copy("one", "same", { overwrite: true });
  expect(paths(planned, start)).toEqual([]);
  await planned.fs.copy("one", "other", { overwrite: true });
  expect(paths(planned, start)).toEqual(["other"]);
});

test("a file that only the plan has is no change once a copy of it is back in its place", async () => {
  using planned = open();
  await planned.fs.write("f", "planned");
  const start = planned.tree.root;
  await planned.fs.copy("f", "g");
  await planned.fs.remove("f");
  expect(paths(planned, start)).toEqual(["f", "g"]);
  await planned.fs.move("g", "f");
  expect(paths(planned, start)).toEqual([]);
});

test("what a run would refuse as too large, a plan refuses too", async () => {
  using planned = open({ maxBytes: 50_000_000 });
  mkdirSync(join(planned.path, "d"));
  for (const name of ["1", "2"]) {
    writeFileSync(join(planned.path, "d", name), "");
    truncateSync(join(planned.path, "d", name), 2_500_001);
  }
  await expect(planned.fs.copy("d", "e")).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: '"d/2" makes the copy larger than is allowed.',
  });
  await expect(planned.fs.write("f", Buffer.alloc(5_000_001))).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: "The content is larger than 5000000 bytes.",
  });
  await expect(planned.fs.read("d/1", { maxBytes: 10 })).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: '"d/1" has 2500001 bytes; at most 10 are read.',
  });
  await planned.fs.copy("d/1", "e");
  await planned.fs.write("f", Buffer.alloc(5_000_000));
});

const canMount = mayMount();
if (!canMount)
  console.warn(
    "SKIPPED: a plan over another file system is not tested, because this user may not mount any.",
  );

test.skipIf(!canMount)("another file system is as closed to a plan as to a run", async () => {
  using planned = open();
  mkdirSync(join(planned.path, "mounted"));
  mountTmpfs(join(planned.path, "mounted"), "64k");
  try {
    for (const refused of [
      planned.fs.write("mounted/d/a", "x", { createDirs: true }),
      planned.fs.list("mounted"),
      planned.fs.remove("mounted", { recursive: true }),
    ])
      await expect(refused).rejects.toMatchObject({
        code: "PATH_REFUSED",
        message: expect.stringContaining("lies on another file system") as string,
      });
  } finally {
    unmount(join(planned.path, "mounted"));
  }
});

async function* slowly(text: string): AsyncGenerator<Uint8Array> {
  for (const char of text) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from(char);
  }
}
