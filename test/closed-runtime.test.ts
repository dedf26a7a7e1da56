import { readdirSync } from "node:fs";

import { expect, test } from "vitest";
import { z } from "zod";

import { defineCapability } from "../src/index.ts";
import { openIn, verifyIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:recovery", "undo:crash");

const RUNS = 6;
const descriptors = () => readdirSync("/proc/self/fd").length;

/** Writes a note and then waits, until it is called off or `released`. */
function slowNote(wrote: () => void, released: Promise<void>) {
  return defineCapability({
    id: "test.slow_note",
    version: "1.0.0",
    description: "Writes a note.",
    input: z.strictObject({ path: z.string() }),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "a test" },
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    async run(ctx, { path }) {
      await ctx.fs.write(path, "x".repeat(2_000_000));
      wrote();
      await Promise.race([
        released,
        new Promise((_, reject) =>
          ctx.signal.addEventListener("abort", () => reject(new Error("called off")), { once: true }),
        ),
      ]);
      return {};
    },
  });
}

test("a runtime that is closed while runs are under way leaves them to the next one of the same process", async () => {
  using directory = scratch();
  const open = (wrote: () => void, released: Promise<void>) =>
    openIn(directory.path, { capabilities: [slowNote(wrote, released)] });
  const held = descriptors();
  const reached = Promise.withResolvers<void>();
  let written = 0;
  const first = await open(() => ++written === RUNS && reached.resolve(), new Promise(() => {}));
  const ended = Array.from({ length: RUNS }, async (_, index) =>
    first.run("test.slow_note", { inputs: { path: `${index}.txt` } }),
  );
  const failed = Promise.allSettled(ended);
  await reached.promise;
  await first.close();
  // Whatever still worked on the files would do so through numbers that the next one is given.
  expect(descriptors()).toBe(held);

  const second = await open(() => {}, Promise.resolve());
  const entries = second.ledger.lastSeq();
  const views = await second.recover();
  expect(views.map(({ status }) => status)).toEqual(Array(RUNS).fill("COMPLETED"));
  expect([...second.ledger.entries({ afterSeq: entries, types: ["undo-refused"] })]).toEqual([]);
  await second.close();
  expect((await failed).map(({ status }) => status)).toEqual(Array(RUNS).fill("rejected"));
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
  expect(descriptors()).toBe(held);
});

test("one of two runtimes on a workspace leaves the runs of the other alone, until that one is closed", async () => {
  using directory = scratch();
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const capabilities = [slowNote(reached.resolve, released.promise)];
  const first = await openIn(directory.path, { capabilities });
  await using second = await openIn(directory.path, { capabilities });
  const running = first.run("test.slow_note", { inputs: { path: "a.txt" } });
  await reached.promise;
  expect(await second.recover()).toEqual([]);
  const [row] = second.ledger.runs();
  await expect(second.cancel(row?.id ?? "", "mine now", true)).resolves.toMatchObject({ run: row?.id });
  await expect(running).resolves.toMatchObject({ status: "ROLLED_BACK" });
  const types = [...second.ledger.entries({ run: row?.id ?? "" })].map(({ type }) => type);
  expect(types.filter((type) => type === "step-intended" || type === "run-claimed")).toEqual([
    "step-intended",
  ]);

  const again = first.run("test.slow_note", { inputs: { path: "b.txt" } });
  const left = expect(again).rejects.toMatchObject({ code: "CANCELLED" });
  await first.close();
  await left;
  released.resolve();
  const views = await second.recover();
  expect(views.map(({ status }) => status)).toEqual(["COMPLETED"]);
});
