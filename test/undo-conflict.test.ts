import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";
import { openSite, type Site } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("undo:conflict", "undo:exact");

const LARGE_LINES = 100_000;

const writeAll = defineCapability({
  id: "test.write_all",
  version: "1.0.0",
  description: "Writes several files as one effect.",
  input: z.strictObject({ files: z.record(z.string(), z.string()) }),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "files of the workspace" },
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  run: async ({ fs }, { files }) => {
    await fs.writeMany(
      Object.entries(files).map(([path, data]) => ({ path, data })),
      { createDirs: true },
    );
    return {};
  },
});

function put({ workspace }: Site, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
}

const contentOf = ({ workspace }: Site, path: string): string => readFileSync(join(workspace, path), "utf8");

async function run(runtime: Awaited<ReturnType<Site["open"]>>, id: string, inputs: object): Promise<string> {
  const view = await runtime.run(id, { inputs: { ...inputs } });
  expect(view).toMatchObject({ status: "COMPLETED", failure: null });
  return view.run;
}

const large = (first: string): string => `${first}\n${"a line\n".repeat(LARGE_LINES)}`;

const lines = (changed: Readonly<Record<number, string>>): string =>
  Array.from({ length: 12 }, (_, index) => `${changed[index] ?? `line ${index}`}\n`).join("");

/** Changes a text wherever it is kept. */
function damage(site: Site, from: string, to: string): void {
  const blobs = join(site.workspace, ".ai-first/blobs");
  for (const path of readdirSync(blobs, { recursive: true, encoding: "utf8" })) {
    const file = join(blobs, path);
    if (statSync(file).isFile() && readFileSync(file, "utf8").includes(from))
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(from, to));
  }
}

const open = (site: Site) => site.open({ capabilities: [writeAll] });

describe("a conflict says what was expected and what is there", () => {
  test.for<
    [string, Readonly<Record<string, string>>, string, object, (at: (path: string) => string) => void, RegExp]
  >([
    [
      "a written file is a directory now",
      {},
      "io.fs.write_file",
      { path: "a", content: "x" },
      (at) => {
        rmSync(at("a"));
        mkdirSync(at("a"));
      },
      /^Changed by somebody else since: "a" \(a file [0-9a-f]{8}… expected, a directory found\)\. Nothing was touched\.$/,
    ],
    [
      "an overwritten file is gone",
      { a: "before" },
      "io.fs.write_file",
      { path: "a", content: "x" },
      (at) => rmSync(at("a")),
      /"a" \(a file .* expected, nothing found\)/,
    ],
    [
      "a written file is a link now",
      {},
      "io.fs.write_file",
      { path: "a", content: "x" },
      (at) => {
        rmSync(at("a"));
        symlinkSync("b", at("a"));
      },
      /"a" \(a file .* expected, a link found\)/,
    ],
    [
      "where a file was deleted there is one again",
      { a: "before" },
      "io.fs.delete",
      { path: "a" },
      (at) => writeFileSync(at("a"), "new"),
      /"a" \(nothing expected, a file [0-9a-f]{8}… found\)/,
    ],
    [
      "a directory that was made is a file now",
      {},
      "io.fs.make_dir",
      { path: "d" },
      (at) => {
        rmSync(at("d"), { recursive: true });
        writeFileSync(at("d"), "");
      },
      /"d" \(a directory expected, a file .* found\)/,
    ],
    [
      "a copied directory has one file more",
      { "d/a": "1", "d/b": "2" },
      "io.fs.copy",
      { source: "d", destination: "e" },
      (at) => writeFileSync(at("e/c"), "3"),
      /"e" \(a directory of 2 files expected, a directory of 3 files found\)/,
    ],
    [
      "a moved link leads elsewhere",
      {},
      "io.fs.move",
      { source: "link", destination: "moved" },
      (at) => {
        rmSync(at("moved"));
        symlinkSync("elsewhere", at("moved"));
      },
      /"moved" \(a link expected, a link found\)/,
    ],
  ])("%s", async ([, files, id, inputs, change, message]) => {
    using site = openSite();
    put(site, files);
    symlinkSync("nowhere", join(site.workspace, "link"));
    await using runtime = await open(site);
    const done = await run(runtime, id, inputs);
    change((path) => join(site.workspace, path));
    const present = snapshot(site.workspace, { times: true });
    for (const mode of ["strict", "merge"] as const)
      await expect(runtime.undo(done, { mode })).rejects.toMatchObject({
        code: "UNDO_CONFLICT",
        message: expect.stringMatching(message) as string,
      });
    expect(snapshot(site.workspace, { times: true })).toEqual(present);
  });
});

describe("of several paths of one effect", () => {
  test("a merge merges what others changed, and restores the rest exactly", async () => {
    using site = openSite();
    put(site, { a: lines({}), b: "before" });
    await using runtime = await open(site);
    const done = await run(runtime, "test.write_all", {
      files: { a: lines({ 1: "ours" }), b: "after", "new/c": "c" },
    });
    put(site, { a: lines({ 1: "ours", 10: "theirs" }) });
    await runtime.undo(done, { mode: "merge" });
    expect(contentOf(site, "a")).toBe(lines({ 10: "theirs" }));
    expect(contentOf(site, "b")).toBe("before");
    expect(readdirSync(site.workspace).sort()).toEqual([".ai-first", "a", "b"]);
  });

  test("nothing is merged where one of them cannot be", async () => {
    using site = openSite();
    put(site, { a: lines({}), b: "before" });
    await using runtime = await open(site);
    const done = await run(runtime, "test.write_all", { files: { a: lines({ 1: "ours" }), b: "after" } });
    put(site, { a: lines({ 1: "ours", 10: "theirs" }), b: "theirs" });
    await expect(runtime.undo(done, { mode: "merge" })).rejects.toMatchObject({
      code: "UNDO_CONFLICT",
      details: [{ path: "b" }],
    });
    expect([contentOf(site, "a"), contentOf(site, "b")]).toEqual([
      lines({ 1: "ours", 10: "theirs" }),
      "theirs",
    ]);
  });

  test("one that somebody put back already is left as it is", async () => {
    using site = openSite();
    put(site, { a: "before", b: "before" });
    utimesSync(join(site.workspace, "a"), 1_600_000_000, 1_600_000_000);
    await using runtime = await open(site);
    const done = await run(runtime, "test.write_all", { files: { a: "after", b: "after" } });
    put(site, { a: "before" });
    utimesSync(join(site.workspace, "a"), 1_600_000_000, 1_600_000_000);
    const { ino } = statSync(join(site.workspace, "a"));
    await runtime.undo(done);
    expect([contentOf(site, "a"), contentOf(site, "b")]).toEqual(["before", "before"]);
    expect(statSync(join(site.workspace, "a")).ino).toBe(ino);
  });

  test("one whose directory somebody removed is gone already", async () => {
    using site = openSite();
    put(site, { "d/old": "1", e: "before" });
    await using runtime = await open(site);
    const done = await run(runtime, "test.write_all", { files: { "d/a": "after", e: "after" } });
    rmSync(join(site.workspace, "d"), { recursive: true });
    expect(await runtime.undo(done)).toMatchObject({ status: "ROLLED_BACK" });
    expect(readdirSync(site.workspace).sort()).toEqual([".ai-first", "e"]);
    expect(contentOf(site, "e")).toBe("before");
  });
});

test("a large file that was overwritten comes back exactly, and is not merged with what others wrote", async () => {
  using site = openSite();
  put(site, { a: large("before"), b: large("before") });
  await using runtime = await open(site);
  await runtime.undo(await run(runtime, "test.write_all", { files: { a: large("after a") } }));
  expect(contentOf(site, "a")).toBe(large("before"));
  const done = await run(runtime, "test.write_all", { files: { b: large("after b") } });
  put(site, { b: `${large("after b")}theirs\n` });
  await expect(runtime.undo(done, { mode: "merge" })).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  expect(contentOf(site, "b")).toBe(`${large("after b")}theirs\n`);
});

test("what is copied over its equal is not touched, and an undo does not touch it either", async () => {
  using site = openSite();
  put(site, { "d/a": "1", "e/a": "1" });
  utimesSync(join(site.workspace, "e/a"), 1_600_000_000, 1_600_000_000);
  const before = snapshot(site.workspace, { times: true });
  await using runtime = await open(site);
  const done = await run(runtime, "io.fs.copy", { source: "d", destination: "e", overwrite: true });
  expect(snapshot(site.workspace, { times: true })).toEqual(before);
  await runtime.undo(done);
  expect(snapshot(site.workspace, { times: true })).toEqual(before);
});

describe("force", () => {
  test.for<[string, string, object, string]>([
    ["overwritten", "io.fs.write_file", { path: "d/a", content: "x" }, "d/a"],
    ["deleted", "io.fs.delete", { path: "d/a" }, "d/a"],
    ["moved to another directory", "io.fs.move", { source: "a", destination: "d/b" }, "d/b"],
  ])(
    "cannot bring back a file that was %s where its directory is gone, and says so",
    async ([, id, inputs, path]) => {
      using site = openSite();
      put(site, { a: "top", "d/a": "1" });
      await using runtime = await open(site);
      const done = await run(runtime, id, inputs);
      rmSync(join(site.workspace, "d"), { recursive: true });
      await expect(runtime.undo(done, { mode: "force" })).rejects.toMatchObject({
        code: "FILE_NOT_FOUND",
        message: `The directory of "${path}" is gone.`,
      });
      mkdirSync(join(site.workspace, "d"));
      expect(runtime.show(done).status).toBe("COMPLETED");
    },
  );
});

describe("kept contents that were changed on the disk", () => {
  test.for<[string, string, object, string, string]>([
    ["of a file", "io.fs.delete", { path: "d/a" }, "kept text", "other text"],
    ["of a file in a directory", "io.fs.delete", { path: "d", recursive: true }, "kept text", "other text"],
    [
      "of a directory's list",
      "io.fs.delete",
      { path: "d", recursive: true },
      '"path":"a"',
      '"path":"../../evil"',
    ],
  ])("%s are not restored", async ([, id, inputs, from, to]) => {
    using site = openSite();
    put(site, { "d/a": "kept text", "d/b": "b" });
    await using runtime = await open(site);
    const done = await run(runtime, id, inputs);
    const present = snapshot(site.workspace);
    damage(site, from, to);
    await expect(runtime.undo(done)).rejects.toMatchObject({
      code: "PREIMAGE_MISSING",
      message: expect.stringContaining("is damaged") as string,
    });
    expect(snapshot(site.workspace)).toEqual(present);
  });
});

test("an attempt that fails takes back what it did, and not what somebody changed meanwhile", async () => {
  using site = openSite();
  const fail = defineCapability({
    id: "test.fail",
    version: "1.0.0",
    description: "Writes two files and fails after somebody has changed one.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "files of the workspace" },
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    run: async ({ fs }) => {
      await fs.write("a", "ours");
      await fs.write("b", "ours");
      put(site, { b: "theirs" });
      throw new RuntimeError("SERVICE_REFUSED", "it could not go on");
    },
  });
  await using runtime = await site.open({ capabilities: [fail] });
  expect(await runtime.run("test.fail")).toMatchObject({
    status: "FAILED",
    rollback: { notRestored: [expect.stringContaining("(b)")] },
  });
  expect(readdirSync(site.workspace).sort()).toEqual([".ai-first", "b"]);
  expect(contentOf(site, "b")).toBe("theirs");
});
