import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createRuntime } from "../src/index.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("undo:retention");

const DAY_MS = 24 * 60 * 60 * 1000;

test("kept contents go when the days of their run are over, and no earlier", async () => {
  using directory = scratch();
  const files = join(directory.path, "workspace");
  mkdirSync(join(files, "tree"), { recursive: true });
  writeFileSync(join(files, "a.txt"), "before a");
  writeFileSync(join(files, "tree/b.txt"), "before b");
  await using runtime = await createRuntime({
    workspace: files,
    env: { AI_FIRST_HOME: join(directory.path, "home") },
  });
  const overwritten = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "after" } });
  const deleted = await runtime.run("io.fs.delete", { inputs: { path: "tree", recursive: true } });
  const kept = blobsIn(files);
  expect(kept.length).toBeGreaterThanOrEqual(4);

  const old = new Date(Date.now() - 2 * DAY_MS);
  for (const path of kept) utimesSync(path, old, old);
  expect(runtime.removeExpired()).toBe(0);
  expect((await runtime.undo(deleted.run)).status).toBe("ROLLED_BACK");
  await runtime.redo(deleted.run);

  const stray = join(files, ".ai-first/blobs", "00", "0".repeat(62));
  mkdirSync(join(stray, ".."), { recursive: true });
  writeFileSync(stray, "nobody needs it");
  expect(runtime.removeExpired()).toBe(0);
  utimesSync(stray, old, old);
  expect(runtime.removeExpired()).toBe(1);
  expect((await runtime.undo(overwritten.run)).status).toBe("ROLLED_BACK");
});

function blobsIn(files: string): string[] {
  const store = join(files, ".ai-first/blobs");
  return readdirSync(store).flatMap((prefix) =>
    readdirSync(join(store, prefix)).map((rest) => join(store, prefix, rest)),
  );
}
