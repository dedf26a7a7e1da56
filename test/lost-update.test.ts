import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, type Entry, type FileSystem, RuntimeError } from "../src/index.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:semantics");

/** A capability without inputs that does this with the workspace's files. */
function capability(id: string, run: (fs: FileSystem) => Promise<unknown>) {
  return defineCapability({
    id,
    version: "1.0.0",
    description: id,
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "files of the workspace" },
    sideEffects: ["filesystem_read", "filesystem_write"],
    undo: { kind: "reversible" },
    run: async ({ fs }) => {
      await run(fs);
      return {};
    },
  });
}

test("lines that many runs append to one new file at once are all there", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}\n`);
  const views = await Promise.all(
    lines.map((content) =>
      runtime.run("io.fs.append_file", { inputs: { path: "log", content, create: true } }),
    ),
  );
  expect(views.map(({ failure }) => failure)).toEqual(views.map(() => null));
  const found = readFileSync(join(workspaceIn(directory.path), "log"), "utf8")
    .trimEnd()
    .split("\n");
  expect(found.toSorted()).toEqual(lines.map((line) => line.trimEnd()).toSorted());
});

test("somebody's edit between a read and a write is not written over: the run starts again", async () => {
  using directory = scratch();
  const file = join(workspaceIn(directory.path), "notes");
  let edits = 0;
  const addLine = capability("test.add_line", async (fs) => {
    const before = await fs.read("notes");
    if (edits++ === 0) writeFileSync(file, "edited\n");
    await fs.write("notes", Buffer.concat([before, Buffer.from("added\n")]));
  });
  await using runtime = await openIn(directory.path, { capabilities: [addLine] });
  writeFileSync(file, "first\n");
  const view = await runtime.run("test.add_line");
  expect(view).toMatchObject({ status: "COMPLETED", attempt: 2 });
  expect(readFileSync(file, "utf8")).toBe("edited\nadded\n");
});

test("a file changed while its intent became durable: the intent is withdrawn, and the rollback is not incomplete", async () => {
  using directory = scratch();
  const file = join(workspaceIn(directory.path), "notes");
  let intents = 0;
  const onEntry = ({ type }: Entry) => {
    if (type === "effect-intended" && intents++ === 0) writeFileSync(file, "edited\n");
  };
  await using runtime = await openIn(directory.path, { onEntry });
  writeFileSync(file, "first\n");
  const view = await runtime.run("io.fs.write_file", { inputs: { path: "notes", content: "new\n" } });
  expect(view).toMatchObject({ status: "COMPLETED", attempt: 2, failure: null });
  expect(readFileSync(file, "utf8")).toBe("new\n");
  await runtime.undo(view.run);
  expect(readFileSync(file, "utf8")).toBe("edited\n");
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

test("what a failed attempt read of its own writing does not start the run again", async () => {
  using directory = scratch();
  let calls = 0;
  const flaky = capability("test.flaky", async (fs) => {
    await fs.read("notes");
    await fs.write("notes", `attempt ${++calls}\n`);
    await fs.read("notes");
    if (calls < 3) throw new RuntimeError("SERVICE_FAILED", `Call ${calls} fails.`);
  });
  await using runtime = await openIn(directory.path, { capabilities: [flaky] });
  writeFileSync(join(workspaceIn(directory.path), "notes"), "first\n");
  const view = await runtime.run("test.flaky");
  expect(view).toMatchObject({ status: "COMPLETED", attempt: 1, steps: [{ attempt: 3 }] });
  await runtime.undo(view.run);
  expect(readFileSync(join(workspaceIn(directory.path), "notes"), "utf8")).toBe("first\n");
});

// Otherwise the cancellation would wait as long as a lease is waited for, which is longer than this test may take.
test(
  "a run that waits for the paths of a lost race is cancelled at once",
  { timeout: 20_000 },
  async ({ signal }) => {
    using directory = scratch();
    const begun = { one: Promise.withResolvers<void>(), two: Promise.withResolvers<void>() };
    const mayEnd = Promise.withResolvers<void>();
    const crossing = (own: "one" | "two", other: "one" | "two") =>
      capability(`test.${own}`, async (fs) => {
        await fs.write(own, own);
        begun[own].resolve();
        await begun[other].promise;
        await fs.write(other, own);
        await mayEnd.promise;
      });
    await using runtime = await openIn(directory.path, {
      capabilities: [crossing("one", "two"), crossing("two", "one")],
    });
    const runs = [await runtime.start("test.one"), await runtime.start("test.two")];
    const hasLost = ({ run }: { run: string }) =>
      runtime.ledger.entries({ run, types: ["run-restarted"] }).next().done !== true;
    while (!runs.some(hasLost)) await sleep(5, undefined, { signal });
    const [lost, won] = runs.toSorted((left, right) => Number(hasLost(right)) - Number(hasLost(left)));
    const view = await runtime.cancel(lost?.run ?? "", "enough", true);
    expect(view.status).not.toBe("COMPLETED");
    expect(runtime.show(won?.run ?? "").status).toBe("RUNNING");
    mayEnd.resolve();
    expect(await won?.settled).toMatchObject({ status: "COMPLETED", attempt: 1 });
  },
);
