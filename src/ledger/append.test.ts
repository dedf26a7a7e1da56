import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  PERSON,
  openTestLedger,
  runStarted,
  stepCompleted,
  stepIntended,
} from "../../test/ledger-fixture.ts";
import { mayMount, mountTmpfs, unmount } from "../../test/mounts.ts";
import { scratch } from "../../test/scratch.ts";
import type { Principal } from "../contract/principal.ts";
import { verifyLedger } from "./verify.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:durable", "ledger:closed");

test("an entry says what happened, when, and for whom", async () => {
  using directory = scratch();
  const clock = { now: () => Date.UTC(2030, 0, 2, 3, 4, 5, 6) };
  const { ledger } = openTestLedger(directory.path, { clock });
  const entry = await ledger.append(PERSON, runStarted("a"));
  expect(entry).toEqual({
    ...runStarted("a"),
    seq: 4,
    at: "2030-01-02T03:04:05.006Z",
    by: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(ledger.object(entry.by)).toEqual(PERSON);
  expect(ledger.entry(4)).toEqual(entry);
  expect(ledger.entry(5)).toBeUndefined();
  expect(ledger.object("0".repeat(32))).toBeUndefined();
  await ledger.close();
});

test("events of one turn keep their order, also where one of them is refused", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const outcomes = await Promise.allSettled([
    ledger.append(PERSON, runStarted("a")),
    ledger.append(PERSON, stepIntended("unknown", "s")),
    ledger.append(PERSON, stepIntended("a", "s")),
    ledger.append(PERSON, stepCompleted("a", "s")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  const types = [...ledger.entries({ run: "a" })].map(({ type }) => type);
  expect(types).toEqual(["run-started", "step-intended", "step-completed"]);
  await ledger.close();
});

test("what a caller changes after appending is not what is stored", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  const inputs: Record<string, unknown> = { path: "before" };
  const appended = ledger.append(PERSON, stepIntended("a", "s", inputs));
  inputs["path"] = "after";
  const { seq } = await appended;
  expect(ledger.entry(seq)).toMatchObject({ data: { inputs: { path: "before" } } });
  await ledger.close();
});

test("an object is recorded once, by whichever process", async () => {
  using directory = scratch();
  const first = openTestLedger(directory.path).ledger;
  const second = openTestLedger(directory.path, { processId: "process-2" }).ledger;
  const spec = { name: "x", steps: [1, 2] };
  const digest = first.record(PERSON, "workflow", spec);
  expect(first.record(PERSON, "workflow", { steps: [1, 2], name: "x" })).toBe(digest);
  await first.flush();
  expect(second.record(PERSON, "workflow", spec)).toBe(digest);
  expect(first.record(PERSON, "workflow", spec)).toBe(digest);
  await Promise.all([first.flush(), second.flush()]);
  const recorded = [...first.entries({ types: ["object-recorded"] })].map((entry) => entry.data);
  expect(recorded.filter((data) => "digest" in data && data.digest === digest)).toHaveLength(1);
  expect(second.object(digest)).toEqual(spec);
  await Promise.all([first.close(), second.close()]);
});

test("each principal has its own reference", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const agent: Principal = { ...PERSON, agent: "assistant" };
  const a = await ledger.append(PERSON, runStarted("a"));
  const b = await ledger.append(agent, runStarted("b"));
  expect(ledger.object(b.by)).toEqual(agent);
  expect(a.by).not.toBe(b.by);
  await ledger.close();
});

test("times never go back when the clock does", async () => {
  using directory = scratch();
  let now = 2_000_000_000_000;
  const { ledger } = openTestLedger(directory.path, { clock: { now: () => now } });
  const first = await ledger.append(PERSON, runStarted("a"));
  now -= 3_600_000;
  const second = await ledger.append(PERSON, stepIntended("a", "s"));
  expect(second.at).toBe(first.at);
  now += 3_600_001;
  const third = await ledger.append(PERSON, stepCompleted("a", "s"));
  expect(third.at > first.at).toBe(true);
  await ledger.close();
});

test("an event of many long texts is stored as a whole", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const long = "long text ".repeat(2000);
  const inputs = { long, texts: Array.from({ length: 10 }, (_, i) => `${i} ä漢`.repeat(2000)) };
  await ledger.append(PERSON, runStarted("a"));
  const { seq } = await ledger.append(PERSON, stepIntended("a", "s", inputs));
  expect(ledger.entry(seq)).toMatchObject({ data: { inputs } });
  expect(verifyLedger(ledger.path).findings).toEqual([]);
  await ledger.close();
});

test("a pointer to nothing seals nothing", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"), { sensitive: ["/inputs/none/deeper", "/inputs/list/7"] });
  expect(ledger.database.prepare("SELECT * FROM sealed").all()).toEqual([]);
  await ledger.close();
});

test("the members of a sensitive object are known as secrets from then on", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const start = runStarted("a");
  const inputs = { login: { user: "lovelace", codes: ["first-code", 12, null] } };
  await ledger.append(
    PERSON,
    { ...start, data: { ...start.data, inputs } },
    { sensitive: ["/inputs/login"] },
  );
  await ledger.append(PERSON, stepIntended("a", "s", { text: "it says first-code" }));
  const [intended] = ledger.entries({ types: ["step-intended"], sealed: true });
  expect(intended).toMatchObject({ data: { inputs: { text: { $sealed: expect.any(String) } } } });
  await ledger.close();
});

const deep = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

test("a value is refused when it is nested so deeply that it could not be read again", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  for (const depth of [300, 50_000]) {
    const appended = ledger.append(PERSON, stepIntended("a", "s", { value: deep(depth) }));
    await expect(appended).rejects.toMatchObject({ code: "CONTENT_INVALID" });
    expect(() => ledger.record(PERSON, "workflow", deep(depth))).toThrow(
      expect.objectContaining({ code: "CONTENT_INVALID" }),
    );
  }
  const inputs = { value: deep(240), $sealed: "x" };
  const { seq } = await ledger.append(PERSON, stepIntended("a", "s", inputs));
  expect(ledger.entry(seq)).toMatchObject({ data: { inputs } });
  await ledger.close();
});

test.for([
  ["a lone surrogate", "\ud800"],
  ["not a number", Number.NaN],
  ["a big integer", 1n],
] as const)("%s cannot be stored", async ([, value]) => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  const head = ledger.head();
  const appended = ledger.append(PERSON, stepIntended("a", "s", { value }));
  await expect(appended).rejects.toMatchObject({ code: "CONTENT_INVALID" });
  expect(ledger.head()).toEqual(head);
  await ledger.close();
});

test("a closed ledger takes nothing, and what was appended before is in it", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  const appended = ledger.append(PERSON, runStarted("a"));
  await ledger.close();
  expect(await appended).toMatchObject({ type: "run-started" });
  await expect(ledger.append(PERSON, runStarted("b"))).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  expect(() => ledger.head()).toThrow(expect.objectContaining({ code: "LEDGER_UNAVAILABLE" }));
});

const LOCKER = `
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(process.argv[1]);
  db.exec("BEGIN EXCLUSIVE");
  console.log("locked");
  process.stdin.once("data", () => { db.exec("ROLLBACK"); process.exit(0); });
`;

test("a ledger that another process keeps locked is unavailable, and takes events again afterwards", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path, { busyTimeoutMs: 50 });
  await ledger.append(PERSON, runStarted("a"));
  const locker = spawn(process.execPath, ["--input-type=module", "-e", LOCKER, ledger.path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(locker.stdout, "data");

  ledger.record(PERSON, "workflow", { name: "during the lock" });
  await expect(ledger.append(PERSON, stepIntended("a", "s"))).rejects.toMatchObject({
    code: "LEDGER_UNAVAILABLE",
  });
  await expect(ledger.flush()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  expect(ledger.head().seq).toBe(4);

  locker.stdin.write("\n");
  await once(locker, "exit");
  const digest = ledger.record(PERSON, "workflow", { name: "during the lock" });
  await ledger.append(PERSON, stepIntended("a", "s"));
  expect(ledger.object(digest)).toEqual({ name: "during the lock" });
  await ledger.close();
});

test("where the database fails in the middle of a transaction, nothing of it is written, and the next one works", async () => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("a"));
  const { seq } = ledger.head();
  ledger.database.exec(
    "CREATE TEMP TRIGGER failing BEFORE INSERT ON entries WHEN NEW.type = 'step-completed' BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END",
  );
  const digest = ledger.record(PERSON, "workflow", { name: "in the same turn" });
  const batch = [stepIntended("a", "s"), stepCompleted("a", "s")].map((event) =>
    ledger.append(PERSON, event),
  );
  for (const { status, reason } of (await Promise.allSettled(batch)) as PromiseRejectedResult[])
    expect({ status, reason: reason as unknown }).toMatchObject({
      status: "rejected",
      reason: { code: "LEDGER_UNAVAILABLE" },
    });
  expect([ledger.head().seq, ledger.object(digest)]).toEqual([seq, undefined]);
  ledger.database.exec("DROP TRIGGER failing");
  ledger.record(PERSON, "workflow", { name: "in the same turn" });
  await ledger.append(PERSON, stepCompleted("a", "s"));
  expect(ledger.object(digest)).toEqual({ name: "in the same turn" });
  await ledger.close();
  expect(verifyLedger(ledger.path).findings).toEqual([]);
});

const canMount = mayMount();
if (!canMount)
  console.warn("SKIPPED: a full disk is not tested here, because this user may not mount any file system.");

test.skipIf(!canMount)("a full disk refuses events, and nothing is half written", async () => {
  using directory = scratch();
  mountTmpfs(directory.path, "1m");
  try {
    const home = scratch();
    const { ledger } = openTestLedger(home.path, { path: join(directory.path, "ledger.db") });
    await ledger.append(PERSON, runStarted("a"));
    const big = { content: "0123456789abcdef".repeat(1000) };
    let kept = 0;
    const failure = await (async () => {
      for (;;) {
        await ledger.append(PERSON, stepIntended("a", "s", big));
        kept++;
      }
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "DISK_FULL" });
    expect(kept).toBeGreaterThan(5);
    expect([...ledger.entries({ types: ["step-intended"] })]).toHaveLength(kept);
    expect(statSync(ledger.path).size).toBeLessThan(1024 * 1024);
    await ledger.close();
    const again = openTestLedger(home.path, { path: join(directory.path, "ledger.db") }).ledger;
    expect([...again.entries({ types: ["step-intended"] })]).toHaveLength(kept);
    await again.close();
    home[Symbol.dispose]();
  } finally {
    unmount(directory.path);
  }
});
