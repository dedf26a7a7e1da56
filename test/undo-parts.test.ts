import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openSite, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("undo:exact", "undo:conflict");

const gate = { name: "gate", step_type: "HUMAN_APPROVAL" };
const look = { name: "look", capability_name: "sys.info.get_time" };

test("a run that has not ended is not undone but cancelled", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), gate]));
  await expect(runtime.undo(run)).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: `Run ${run} is PAUSED and has not ended; cancel it with a rollback instead.`,
  });
  expect(await runtime.cancel(run, "enough", true)).toMatchObject({ status: "ROLLED_BACK" });
  expect(snapshot(site.workspace)).toEqual([]);
});

test("a step that changed nothing has nothing to undo, and is named", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), look]));
  await expect(runtime.undo(run, { step: "look" })).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: `Run ${run} has nothing of the step "look" to undo: nothing was changed that would have to be taken back.`,
  });
});

test("where there is nothing to undo or to redo, it is said why", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const whyNot = async (action: "undo" | "redo", run: string, step?: string): Promise<string> => {
    const options = step === undefined ? {} : { step };
    const error: unknown = await runtime[action](run, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "STATE_CONFLICT" });
    return (error as Error).message.replace(/^.*: /, "");
  };
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), write("two", "b", "2")]));
  expect(await whyNot("redo", run)).toBe("nothing of it was taken back.");
  await runtime.undo(run, { step: "one" });
  expect(await whyNot("undo", run, "one")).toBe("that was taken back already.");
  await runtime.undo(run);
  expect(await whyNot("undo", run)).toBe("that was taken back already.");

  const broken = { name: "broken", capability_name: "io.fs.hash_file", inputs: { path: "not-there" } };
  const failed = await runtime.run(site.flow([write("one", "a", "1"), broken]));
  expect(failed.status).toBe("ROLLED_BACK");
  expect(await whyNot("undo", failed.run)).toBe("its rollback has taken back what it did.");

  const read = await runtime.run(site.flow([look]));
  expect(await whyNot("undo", read.run)).toBe("nothing was changed that would have to be taken back.");
});

test("a redo of one step leaves the others undone", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), write("two", "b", "2")]));
  await runtime.undo(run);
  expect(await runtime.redo(run, { step: "one" })).toMatchObject({ status: "COMPLETED", undoable: 1 });
  expect(snapshot(site.workspace)).toEqual([expect.stringMatching(/^a /)]);
});

test("a failed run whose effects were kept is undone, and its redo leaves it failed", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const broken = { name: "broken", capability_name: "io.fs.hash_file", inputs: { path: "not-there" } };
  const flow = site.flow([write("one", "a", "1"), broken], { enable_auto_rollback: false });
  const { run, status } = await runtime.run(flow);
  expect(status).toBe("FAILED");
  expect(await runtime.undo(run)).toMatchObject({ status: "ROLLED_BACK" });
  expect(snapshot(site.workspace)).toEqual([]);
  expect(await runtime.redo(run)).toMatchObject({ status: "FAILED", undoable: 1 });
  expect(readFileSync(join(site.workspace, "a"), "utf8")).toBe("1");
});

test("a rollback goes on past a path that somebody changed, leaves it, and names it", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), write("two", "b", "2"), gate]));
  writeFileSync(join(site.workspace, "b"), "by somebody");
  expect(await runtime.cancel(run, "enough", true)).toMatchObject({
    status: "FAILED",
    failure: { code: "ROLLBACK_INCOMPLETE", message: "The rollback could not restore two (b)." },
    rollback: { restored: ["one (a)"], notRestored: ["two (b)"] },
    undoable: 1,
  });
  expect(snapshot(site.workspace)).toEqual([expect.stringMatching(/^b /)]);
  expect(readFileSync(join(site.workspace, "b"), "utf8")).toBe("by somebody");
});

test("everything since a point in time: runs that changed nothing do not stand in the way, however many", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const since = new Date().toISOString();
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a", content: "1" } });
  await Promise.all(Array.from({ length: 501 }, () => runtime.run("sys.info.get_time")));
  expect(await runtime.undoSince(since)).toMatchObject([{ run, status: "ROLLED_BACK" }]);
  expect(snapshot(site.workspace)).toEqual([]);
});
