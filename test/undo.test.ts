import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { createRuntime, defineCapability, type Runtime } from "../src/index.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";
import { homeIn } from "./home.ts";

verifies("undo:conflict", "undo:exact");

type Place = {
  readonly runtime: Runtime;
  readonly files: string;
  readonly run: (steps: readonly object[]) => Promise<string>;
};

const calls: string[] = [];

/** Stands for an effect outside: what it did is taken back by its compensation alone. */
const outside = (id: string) =>
  defineCapability({
    id,
    version: "1.0.0",
    description: "Remembers that it was called.",
    input: z.strictObject({ order: z.string() }),
    output: z.strictObject({}),
    risk: { level: "HIGH", justification: "it acts outside of the workspace" },
    sideEffects: ["state_mutation"],
    undo: { kind: "compensable" },
    run: async (_, { order }) => {
      calls.push(`${id} ${order}`);
      return {};
    },
  });

async function place(directory: string): Promise<Place & AsyncDisposable> {
  const files = join(directory, "workspace");
  mkdirSync(files, { recursive: true });
  const env = { AI_FIRST_HOME: homeIn(directory) };
  const capabilities = [outside("test.order"), outside("test.cancel")];
  const runtime = await createRuntime({ workspace: files, env, capabilities });
  const run = async (steps: readonly object[]) => {
    const file = join(directory, "flow.json");
    const flow = { name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps };
    writeFileSync(file, JSON.stringify(flow));
    const view = await runtime.run(file);
    expect(view).toMatchObject({ status: "COMPLETED", failure: null });
    return view.run;
  };
  return { runtime, files, run, [Symbol.asyncDispose]: () => runtime.close() };
}

const write = (name: string, path: string, content: string) => ({
  name,
  capability_name: "io.fs.write_file",
  inputs: { path, content, create_dirs: true },
});

test("a foreign edit is a conflict: it stays, nothing else is touched, and the message names the file", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  writeFileSync(join(it.files, "a.txt"), "before\n");
  const run = await it.run([write("one", "a.txt", "after\n"), write("two", "b.txt", "new\n")]);
  writeFileSync(join(it.files, "a.txt"), "foreign\n");
  const present = snapshot(it.files, { times: true });
  await expect(it.runtime.undo(run)).rejects.toMatchObject({
    code: "UNDO_CONFLICT",
    message: expect.stringContaining('"a.txt"') as string,
  });
  expect(snapshot(it.files, { times: true })).toEqual(present);
  expect(it.runtime.show(run).status).toBe("COMPLETED");
});

test("a text merges on request: what the run changed goes, what others changed since stays", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const text = (changes: Record<number, string>) =>
    `${lines.map((line, index) => changes[index] ?? line).join("\n")}\n`;
  writeFileSync(join(it.files, "a.txt"), text({}));
  const run = await it.run([write("one", "a.txt", text({ 1: "by the run" }))]);
  writeFileSync(join(it.files, "a.txt"), text({ 1: "by the run", 10: "by somebody" }));
  await it.runtime.undo(run, { mode: "merge" });
  expect(readFileSync(join(it.files, "a.txt"), "utf8")).toBe(text({ 10: "by somebody" }));
});

test.for([
  ["the same line", "foreign\n"],
  ["bytes that are no text", Buffer.from([255, 254, 0])],
] as const)("what cannot be merged stays a conflict: %s", async ([, foreign]) => {
  using directory = scratch();
  await using it = await place(directory.path);
  writeFileSync(join(it.files, "a.txt"), "before\n");
  const run = await it.run([write("one", "a.txt", "after\n")]);
  writeFileSync(join(it.files, "a.txt"), foreign);
  await expect(it.runtime.undo(run, { mode: "merge" })).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  expect(readFileSync(join(it.files, "a.txt"))).toEqual(Buffer.from(foreign));
});

test("force takes back over a foreign edit, keeps it, and a redo brings it back", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  writeFileSync(join(it.files, "a.txt"), "before\n");
  const run = await it.run([write("one", "a.txt", "after\n")]);
  writeFileSync(join(it.files, "a.txt"), "foreign\n");
  await it.runtime.undo(run, { mode: "force" });
  expect(readFileSync(join(it.files, "a.txt"), "utf8")).toBe("before\n");
  await it.runtime.redo(run);
  expect(readFileSync(join(it.files, "a.txt"), "utf8")).toBe("foreign\n");
});

test("undo, undo again, redo, redo again, undo", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  writeFileSync(join(it.files, "a.txt"), "before\n");
  utimesSync(join(it.files, "a.txt"), 1_600_000_000.5, 1_600_000_000.5);
  const before = snapshot(it.files, { times: true });
  const run = await it.run([
    write("one", "a.txt", "after\n"),
    { name: "two", capability_name: "io.fs.move", inputs: { source: "a.txt", destination: "b.txt" } },
    write("three", "deep/c.txt", "new\n"),
  ]);
  const after = snapshot(it.files);
  expect((await it.runtime.undo(run)).status).toBe("ROLLED_BACK");
  expect(snapshot(it.files, { times: true })).toEqual(before);
  await expect(it.runtime.undo(run)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  expect((await it.runtime.redo(run)).status).toBe("COMPLETED");
  expect(snapshot(it.files)).toEqual(after);
  await expect(it.runtime.redo(run)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  await it.runtime.undo(run);
  expect(snapshot(it.files, { times: true })).toEqual(before);
});

test("one step in the middle is undone where no later step stands on it", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const run = await it.run([write("one", "a", "1"), write("two", "b", "2"), write("three", "c", "3")]);
  expect(await it.runtime.undo(run, { step: "two" })).toMatchObject({ status: "COMPLETED", undoable: 2 });
  expect(snapshot(it.files).map((line) => line.split(" ")[0])).toEqual(["a", "c"]);
  await it.runtime.redo(run, { step: "two" });
  expect(readFileSync(join(it.files, "b"), "utf8")).toBe("2");
});

test("one step in the middle that a later step stands on is a conflict", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const run = await it.run([write("one", "a", "1"), write("two", "a", "2"), write("three", "a", "3")]);
  await expect(it.runtime.undo(run, { step: "two" })).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  expect(readFileSync(join(it.files, "a"), "utf8")).toBe("3");
  await expect(it.runtime.undo(run, { step: "nine" })).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
});

test("a directory that the run made and others use now is kept", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const run = await it.run([write("one", "new/mine", "1")]);
  writeFileSync(join(it.files, "new/theirs"), "2");
  expect((await it.runtime.undo(run)).status).toBe("ROLLED_BACK");
  expect(snapshot(it.files)).toEqual([
    expect.stringMatching(/^new\/ /),
    expect.stringMatching(/^new\/theirs /),
  ]);
});

test("everything since a point in time is undone, the newest run first, also from another process's runtime", async () => {
  using directory = scratch();
  await using first = await place(directory.path);
  await first.run([write("one", "a", "0")]);
  const kept = snapshot(first.files);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const since = new Date().toISOString();
  await first.run([write("one", "a", "1")]);
  await first.run([write("one", "a", "2"), write("two", "b", "2")]);
  await using second = await place(directory.path);
  expect(await second.runtime.undoSince(since)).toHaveLength(2);
  expect(snapshot(first.files)).toEqual(kept);
  await expect(second.runtime.undoSince("yesterday")).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

test("a kept content that is gone or damaged is an error, and nothing is touched", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  writeFileSync(join(it.files, "a.txt"), "before\n");
  const run = await it.run([write("one", "a.txt", "after\n")]);
  const kept = join(it.files, ".ai-first/blobs");
  for (const prefix of readdirSync(kept)) rmSync(join(kept, prefix), { recursive: true });
  await expect(it.runtime.undo(run)).rejects.toMatchObject({ code: "PREIMAGE_MISSING" });
  expect(readFileSync(join(it.files, "a.txt"), "utf8")).toBe("after\n");
});

test("undo does not follow a link that was put in the way", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  mkdirSync(join(directory.path, "outside"));
  const run = await it.run([write("one", "d/a", "1")]);
  rmSync(join(it.files, "d"), { recursive: true });
  symlinkSync(join(directory.path, "outside"), join(it.files, "d"));
  writeFileSync(join(directory.path, "outside/a"), "1");
  await expect(it.runtime.undo(run)).rejects.toMatchObject({ code: "PATH_REFUSED" });
  expect(readFileSync(join(directory.path, "outside/a"), "utf8")).toBe("1");
});

test("the undo of an ended run compensates what lies outside, in its place of the order", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const run = await it.run([
    write("one", "a", "1"),
    {
      name: "two",
      capability_name: "test.order",
      inputs: { order: "7" },
      compensation: { capability_name: "test.cancel", inputs: { order: "7" } },
    },
    write("three", "b", "3"),
  ]);
  calls.length = 0;
  expect((await it.runtime.undo(run)).status).toBe("ROLLED_BACK");
  expect(calls).toEqual(["test.cancel 7"]);
  expect(snapshot(it.files)).toEqual([]);
});

test("a lasting effect without compensation is never reported as rolled back", async () => {
  using directory = scratch();
  await using it = await place(directory.path);
  const file = join(directory.path, "flow.json");
  const steps = [
    write("one", "a", "1"),
    { name: "two", capability_name: "test.order", inputs: { order: "7" } },
    { name: "three", capability_name: "io.fs.hash_file", inputs: { path: "missing" } },
  ];
  writeFileSync(
    file,
    JSON.stringify({ name: "f", version: "1.0.0", description: "d", metadata: { owner: "t" }, steps }),
  );
  const view = await it.runtime.run(file);
  expect(view).toMatchObject({ status: "FAILED", failure: { code: "ROLLBACK_INCOMPLETE" } });
  expect(view.rollback).toMatchObject({ restored: ["one (a)"], notRestored: ["two"] });
  expect(snapshot(it.files)).toEqual([]);
});
