import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { expect, test } from "vitest";

import { runToPoint } from "../../test/crash/run-to-point.ts";
import { openTestLedger, PERSON, runStarted } from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { verifyLedger } from "./verify.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:chain");

// Appends a run of three entries again and again, and prints the number of each that is durable.
const WRITER = `
  const [directory, name, count] = process.argv.slice(1);
  const { PERSON, openTestLedger, plain, runStarted, stepIntended } = await import("./test/ledger-fixture.ts");
  const { ledger } = openTestLedger(directory, { processId: name, busyTimeoutMs: 20000 });
  for (let i = 0; i < Number(count); i++) {
    const run = name + "-" + i;
    const events = [runStarted(run, name), stepIntended(run, "s", { password: "hunter22" + run }), plain("run-completed", run)];
    await Promise.all(events.map((event) => ledger.append({ ...PERSON, session: name }, event)));
    console.log(run);
  }
  await ledger.close();
`;

function startWriter(directory: string, name: string, count: number) {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", WRITER, directory, name, String(count)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const durable: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => durable.push(...text.trim().split("\n")));
  return { child, durable, ended: once(child, "close") };
}

test("processes that write at the same time make one chain, and nothing is lost", async () => {
  using directory = scratch();
  const writers = ["one", "two", "three"].map((name) => startWriter(directory.path, name, 60));
  const codes = await Promise.all(writers.map(({ ended }) => ended));
  expect(codes.map(([code]) => code as unknown)).toEqual([0, 0, 0]);

  const { ledger } = openTestLedger(directory.path);
  const report = verifyLedger(ledger.path);
  expect(report.findings).toEqual([]);
  expect(ledger.runs({ status: "COMPLETED", limit: 1000 })).toHaveLength(180);
  expect(report.entries).toBe(2 + 3 + 3 * 180);
  for (const entry of ledger.entries({ types: ["step-intended"] }))
    expect(entry).toMatchObject({ data: { inputs: { password: expect.stringContaining("hunter22") } } });
  await ledger.close();
});

test("a writer that is killed leaves a whole chain with everything that was durable", async () => {
  using directory = scratch();
  const durable: string[] = [];
  for (const delayMs of [150, 250, 400]) {
    const writer = startWriter(directory.path, `killed-${delayMs}`, 1_000_000);
    await Promise.race([once(writer.child.stdout, "data"), writer.ended]);
    await setTimeout(delayMs);
    writer.child.kill("SIGKILL");
    await writer.ended;
    durable.push(...writer.durable);
  }
  const { ledger } = openTestLedger(directory.path);
  expect(verifyLedger(ledger.path).findings).toEqual([]);
  expect(durable.length).toBeGreaterThanOrEqual(3);
  for (const run of durable) expect(ledger.run(run)?.status).toBe("COMPLETED");
  await ledger.close();
});

test("a kill in the middle of making a ledger never leaves one that cannot be opened", async () => {
  using whole = scratch();
  const points = runToPoint("first-ledger-driver.ts", whole.path);
  expect(points).toBeGreaterThan(10);
  for (let point = 1; point <= points; point++) {
    using place = scratch();
    expect(runToPoint("first-ledger-driver.ts", place.path, point)).toBe(0);
    const { ledger } = openTestLedger(place.path);
    expect(verifyLedger(ledger.path).findings, `point ${point}`).toEqual([]);
    await ledger.close();
  }
});

test.for<[string, (directory: string) => Promise<unknown>]>([
  ["opened once more", (directory) => openTestLedger(directory).ledger.close()],
  ["verified", async (directory) => verifyLedger(join(directory, "ledger.db"))],
])("a ledger that is %s beside is still held against the end of another process", async ([, look]) => {
  using directory = scratch();
  const { ledger } = openTestLedger(directory.path);
  await ledger.append(PERSON, runStarted("before"));
  await look(directory.path);
  // Whoever closes a ledger last removes its log, which is not for others to write any more.
  await startWriter(directory.path, "other", 1).ended;
  await ledger.append(PERSON, runStarted("after"));
  await startWriter(directory.path, "another", 1).ended;
  const { ledger: fresh } = openTestLedger(directory.path);
  expect(fresh.run("after")?.status).toBe("RUNNING");
  expect(verifyLedger(ledger.path).findings).toEqual([]);
  for (const each of [fresh, ledger]) await each.close();
});
