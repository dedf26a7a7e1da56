import { expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, type HookAnswer, RuntimeError } from "../src/index.ts";
import { openSite } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:recovery", "hooks:governor");

const ALLOW: HookAnswer = { decision: "ALLOW", reason: "", violation: null, failed: null };
const NEVER = new Promise<never>(() => {});
const allow = () => ({ outcome: "allow", rules: ["test"] }) as const;

/** A capability that touches nothing; `run` gets the number of the call. */
function counted(run: (call: number) => Promise<void>) {
  let calls = 0;
  return defineCapability({
    id: "test.counted",
    version: "1.0.0",
    description: "Counts its calls.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "a test" },
    sideEffects: ["read_only"],
    undo: { kind: "none" },
    run: async () => run(++calls).then(() => ({})),
  });
}

test("a pause waits for an attempt that is a retry, and no attempt begins beside it", async () => {
  using site = openSite();
  const [isRetried, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let present = 0;
  let most = 0;
  const capability = counted(async (call) => {
    most = Math.max(most, ++present);
    try {
      if (call === 1) throw new RuntimeError("SERVICE_FAILED", "the first time");
      isRetried.resolve();
      await mayEnd.promise;
    } finally {
      present--;
    }
  });
  await using runtime = await site.open({ capabilities: [capability] });
  const retry = { max_attempts: 2, initial_delay_ms: 1, max_delay_ms: 1 };
  const { run, settled } = await runtime.start(
    site.flow([{ name: "a", capability_name: "test.counted", inputs: {}, retry }]),
  );
  await isRetried.promise;
  const paused = runtime.pause(run, "look");
  let isSettled = false;
  void settled.then(() => (isSettled = true));
  await runtime.ledger.flush();
  expect(isSettled).toBe(false);
  mayEnd.resolve();
  await paused;
  expect(await runtime.resume(run, "go on")).toMatchObject({ status: "COMPLETED" });
  expect([most, present]).toEqual([1, 0]);
  expect([...runtime.ledger.entries({ run, types: ["step-completed"] })]).toHaveLength(1);
});

test("nothing of a run begins after its runtime was closed, whatever a governor answers then", async () => {
  using site = openSite();
  const [isAsked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<HookAnswer>()];
  const asked: string[] = [];
  let calls = 0;
  const runtime = await site.open({
    capabilities: [counted(async () => void calls++)],
    decide: allow,
    hooks: ({ event }) => {
      asked.push(event);
      isAsked.resolve();
      return answer.promise;
    },
  });
  const { run } = await runtime.start("test.counted");
  await isAsked.promise;
  await runtime.close();
  answer.resolve(ALLOW);
  await using next = await site.open({ decide: allow });
  expect([asked, calls]).toEqual([["pre_execution"], 0]);
  expect([...next.ledger.entries({ run })].map(({ type }) => type)).toEqual(["run-started"]);
});

const write = { inputs: { path: "a.txt", content: "a" } };

test.for([
  ["who decides", { decide: () => NEVER }],
  ["a governor before the run", { decide: allow, hooks: () => NEVER }],
  [
    "a governor after a step",
    {
      decide: allow,
      hooks: ({ event }: { event: string }) => (event === "post_step" ? NEVER : ALLOW),
    },
  ],
] as const)("closing does not wait for %s that never answers", async ([, options]) => {
  using site = openSite();
  const isReached = Promise.withResolvers<void>();
  const runtime = await site.open({
    decide: () => {
      const answer = options.decide();
      if (answer === NEVER) isReached.resolve();
      return answer;
    },
    ...("hooks" in options
      ? {
          hooks: (request) => {
            const answer = options.hooks(request);
            if (answer === NEVER) isReached.resolve();
            return answer;
          },
        }
      : {}),
  });
  const { settled } = await runtime.start("io.fs.write_file", write);
  await isReached.promise;
  await runtime.close();
  await expect(settled).rejects.toMatchObject({ code: "CANCELLED" });
  await using next = await site.open({ decide: allow });
  expect((await next.recover()).map(({ status }) => status)).toEqual(["COMPLETED"]);
});

test("closing does not wait for a governor of an undo either, and recovery finishes it", async () => {
  using site = openSite();
  const isAsked = Promise.withResolvers<void>();
  let answer: HookAnswer | Promise<never> = ALLOW;
  const runtime = await site.open({
    decide: allow,
    hooks: () => {
      if (answer === NEVER) isAsked.resolve();
      return answer;
    },
  });
  const { run } = await runtime.run("io.fs.write_file", write);
  answer = NEVER;
  const undoing = expect(runtime.undo(run)).rejects.toMatchObject({ code: "CANCELLED" });
  await isAsked.promise;
  await runtime.close();
  await undoing;
  await using next = await site.open({ decide: allow });
  await next.recover();
  expect(next.show(run).status).toBe("ROLLED_BACK");
});
