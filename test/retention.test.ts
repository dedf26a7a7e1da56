import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";

import { createRuntime, type Principal } from "../src/index.ts";
import { erase } from "../src/ledger/erase.ts";
import { openSite, write } from "./plan-fixture.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";
import { homeIn } from "./home.ts";

verifies("undo:retention");

const DAY_MS = 24 * 60 * 60 * 1000;
const PERSON: Principal = { human: "h", agent: "", session: "s", service: "embed", scopes: [] };

test("kept contents go when the days of their run are over, and no earlier", async () => {
  using directory = scratch();
  const files = join(directory.path, "workspace");
  mkdirSync(join(files, "tree"), { recursive: true });
  writeFileSync(join(files, "a.txt"), "before a");
  writeFileSync(join(files, "tree/b.txt"), "before b");
  await using runtime = await createRuntime({
    workspace: files,
    env: { AI_FIRST_HOME: homeIn(directory.path) },
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

test("a run whose days are over loses its contents, and no other run loses any of its own", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  using site = openSite();
  for (const name of ["short", "long", "waiting", "both"])
    writeFileSync(join(site.workspace, name), `before ${name}`);
  mkdirSync(join(site.workspace, "tree"));
  writeFileSync(join(site.workspace, "tree/in"), "before in");
  await using runtime = await site.open();
  const kept = (days: number, steps: readonly object[]) =>
    runtime.run(site.flow(steps, { metadata: { owner: "tests", retention_days: days } }));
  const short = await kept(30, [
    write("one", "short", "after"),
    { name: "two", capability_name: "io.fs.delete", inputs: { path: "tree", recursive: true } },
    write("three", "both", "between"),
  ]);
  const long = await kept(60, [write("one", "long", "after"), write("two", "both", "after")]);
  const waiting = await kept(1, [
    write("one", "waiting", "after"),
    { name: "gate", step_type: "HUMAN_APPROVAL" },
  ]);
  expect(contentsIn(site.workspace)).toEqual(expect.arrayContaining(["before short", "before in"]));

  vi.setSystemTime(Date.now() + 31 * DAY_MS);
  // The tree itself, too.
  expect(runtime.removeExpired()).toBe(4);
  expect(contentsIn(site.workspace)).toEqual(["after", "before long", "before waiting", "between"]);
  await expect(runtime.undo(short.run)).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  expect(await runtime.undo(long.run)).toMatchObject({ status: "ROLLED_BACK" });
  await expect(runtime.undo(short.run)).rejects.toMatchObject({ code: "PREIMAGE_MISSING" });
  expect(readFileSync(join(site.workspace, "both"), "utf8")).toBe("between");
  expect(await runtime.cancel(waiting.run, "enough", true)).toMatchObject({ status: "ROLLED_BACK" });
  expect(readFileSync(join(site.workspace, "waiting"), "utf8")).toBe("before waiting");
});

test("an undo keeps what a redo needs for as long again", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1")]));
  vi.setSystemTime(Date.now() + 80 * DAY_MS);
  await runtime.undo(run);
  vi.setSystemTime(Date.now() + 80 * DAY_MS);
  expect(runtime.removeExpired()).toBe(0);
  expect(await runtime.redo(run)).toMatchObject({ status: "COMPLETED" });
  await runtime.undo(run);
  vi.setSystemTime(Date.now() + 91 * DAY_MS);
  expect(runtime.removeExpired()).toBe(1);
  await expect(runtime.redo(run)).rejects.toMatchObject({ code: "PREIMAGE_MISSING" });
});

test("a secret that was erased from a workflow does not keep everything else for ever", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  using site = openSite();
  writeFileSync(join(site.workspace, "a"), "before");
  await using runtime = await site.open({ env: { AI_FIRST_HOME: site.home, MAIL_TOKEN: "tok-83471029" } });
  await runtime.run(site.flow([write("one", "a", "tok-83471029")]));
  const [sealed] = runtime.ledger.database
    .prepare("SELECT commitment FROM sealed WHERE subject = ?")
    .all(runtime.ledger.id);
  const commitments = [String(sealed?.["commitment"])];
  await erase(runtime.ledger, runtime.keys.ring, PERSON, { commitments }, "asked for");
  vi.setSystemTime(Date.now() + 91 * DAY_MS);
  runtime.removeExpired();
  expect(contentsIn(site.workspace)).toEqual([]);
});

function blobsIn(files: string): string[] {
  const store = join(files, ".ai-first/blobs");
  return readdirSync(store).flatMap((prefix) =>
    readdirSync(join(store, prefix)).map((rest) => join(store, prefix, rest)),
  );
}

function contentsIn(files: string): string[] {
  return blobsIn(files)
    .map((path) => readFileSync(path, "utf8"))
    .sort();
}
