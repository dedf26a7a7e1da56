import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, type Entry, type FileSystem, RuntimeError } from "../src/index.ts";
import { openSite, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:semantics", "workflow:recovery");

type Work = (fs: FileSystem, signal: AbortSignal, idempotencyKey: string) => Promise<unknown>;

/** A capability without inputs that does this. */
function capability(id: string, work: Work) {
  return defineCapability({
    id,
    version: "1.0.0",
    description: id,
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "files of the workspace" },
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    run: async ({ fs, signal, idempotencyKey }) => {
      await work(fs, signal, idempotencyKey);
      return {};
    },
  });
}

const at = (name: string, capability_name: string, more: object = {}) => ({ name, capability_name, ...more });
const together = (...steps: readonly object[]) => ({ name: "all", step_type: "PARALLEL", steps });

describe("a step under way is stopped, and says why", () => {
  const failing = Promise.withResolvers<void>();
  const broken = capability("test.broken", async () => {
    await failing.promise;
    throw new RuntimeError("CONTENT_INVALID", "It fails.");
  });

  test.for([
    ["the run took too long", [at("wait", "test.wait")], 2, "RUN_TIMED_OUT"],
    [
      "another step failed",
      [together(at("wait", "test.wait"), at("broken", "test.broken"))],
      60,
      "CONTENT_INVALID",
    ],
  ] as const)("%s", async ([why, steps, seconds, code]) => {
    using site = openSite();
    const begun = Promise.withResolvers<void>();
    const waiting = capability("test.wait", (_, signal) => {
      begun.resolve();
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    });
    await using runtime = await site.open({ capabilities: [waiting, broken] });
    const { settled } = await runtime.start(
      site.flow([write("one", "a", "1"), ...steps], { max_execution_time_seconds: seconds }),
    );
    await begun.promise;
    if (code !== "RUN_TIMED_OUT") failing.resolve();
    const view = await settled;
    expect(view).toMatchObject({ status: "ROLLED_BACK", failure: { code } });
    expect(view.steps.find(({ capability: id }) => id === "test.wait")).toMatchObject({
      status: "failed",
      attempt: 1,
      failure: { code: "CANCELLED", message: `The step was stopped: ${why}.` },
    });
    expect(snapshot(site.workspace)).toEqual([]);
  });
});

test("a failure that comes when another step has failed for good is not tried again", async () => {
  using site = openSite();
  const mayFail = Promise.withResolvers<never>();
  const retried = capability("test.retried", async (fs) => {
    await fs.write("a", "1");
    throw new RuntimeError("SERVICE_FAILED", "Try again.");
  });
  const final = capability("test.final", () => mayFail.promise);
  // The attempt has failed and is being taken back.
  const onEntry = ({ type }: Entry) => {
    if (type === "undo-intended") mayFail.reject(new RuntimeError("SERVICE_REFUSED", "No."));
  };
  await using runtime = await site.open({ capabilities: [retried, final], onEntry });
  const view = await runtime.run(
    site.flow([together(at("retried", "test.retried"), at("final", "test.final"))]),
  );
  expect(view).toMatchObject({ status: "FAILED", failure: { code: "SERVICE_REFUSED" } });
  expect(view.steps.find(({ step }) => step === "all/retried")).toMatchObject({
    status: "failed",
    attempt: 1,
    failure: { code: "SERVICE_FAILED" },
  });
  const retries = [...runtime.ledger.entries({ types: ["step-failed"] })].map(({ data }) => data.retryAt);
  expect(retries).toEqual([undefined, undefined]);
});

test("a step that had not begun when another failed has not failed", async () => {
  using site = openSite();
  const written = Promise.withResolvers<void>();
  // What it wrote is taken back before the run can end.
  const held = capability("test.held", async (fs) => {
    await fs.write("held", "1");
    written.resolve();
    return new Promise<never>(() => {});
  });
  const begin = capability("test.begin", () => written.promise);
  await using runtime = await site.open({ capabilities: [held, begin] });
  const when = "[1, 2].all(n, n > 0)";
  const after = { depends_on: ["begin"], inputs: { path: "{{ later }}" } };
  const view = await runtime.run(
    site.flow([
      together(
        at("held", "test.held"),
        at("begin", "test.begin", { when }),
        at("broken", "io.fs.hash_file", after),
        at("asked", "io.fs.hash_file", { ...after, when }),
      ),
    ]),
  );
  expect(view).toMatchObject({ status: "FAILED", failure: { code: "TEMPLATE_UNRESOLVED" } });
  expect(Object.fromEntries(view.steps.map(({ step, status }) => [step, status]))).toEqual({
    all: "failed",
    "all/held": "failed",
    "all/begin": "completed",
    "all/broken": "failed",
    "all/asked": "pending",
  });
});

test("a run that is paused and resumed while a step is under way goes on with it", async () => {
  using site = openSite();
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const slow = capability("test.slow", () => {
    begun.resolve();
    return mayEnd.promise;
  });
  await using runtime = await site.open({ capabilities: [slow] });
  const { run, settled } = await runtime.start(site.flow([at("slow", "test.slow"), write("two", "a", "1")]));
  await begun.promise;
  expect(await runtime.pause(run, "look")).toMatchObject({ status: "PAUSED" });
  const resumed = runtime.resume(run, "go on");
  await runtime.ledger.flush();
  mayEnd.resolve();
  expect(await resumed).toMatchObject({ status: "COMPLETED", attempt: 1 });
  expect(await settled).toEqual(await resumed);
});

test("a ledger that lacks a recorded workflow is corrupt, and says so", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1")]));
  const [started] = runtime.ledger.entries({ run, types: ["run-started"] });
  const digest = started?.data.spec ?? "";
  runtime.ledger.database.prepare("DELETE FROM objects WHERE reference = ?").run(digest);
  await runtime.close();
  await using second = await site.open();
  expect(() => second.show(run)).toThrow(
    expect.objectContaining({ code: "LEDGER_CORRUPT", message: `The ledger lacks the workflow ${digest}.` }),
  );
});

test("a runtime that is closed does nothing more; the next one finishes the run", async () => {
  using site = openSite();
  const begun = Promise.withResolvers<void>();
  const mayGoOn = Promise.withResolvers<void>();
  const tried = Promise.withResolvers<unknown>();
  let calls = 0;
  const slow = capability("test.slow", async (fs) => {
    begun.resolve();
    if (calls++ > 0) return fs.write("a", "by the second");
    await mayGoOn.promise;
    return fs.write("a", "by the first").then(tried.resolve, tried.resolve);
  });
  await using first = await site.open({ capabilities: [slow] });
  const { run, settled } = await first.start("test.slow");
  await begun.promise;
  await first.close();
  await expect(settled).rejects.toMatchObject({ code: "CANCELLED", message: "The runtime was closed." });
  mayGoOn.resolve();
  expect(await tried.promise).toMatchObject({ code: "CANCELLED" });
  expect(existsSync(join(site.workspace, "a"))).toBe(false);
  await using second = await site.open({ capabilities: [slow] });
  expect(await second.recover()).toMatchObject([{ run, status: "COMPLETED" }]);
  expect(readFileSync(join(site.workspace, "a"), "utf8")).toBe("by the second");
});

describe("a failed attempt is repeated", () => {
  const keys: string[] = [];
  const failing = (code: "SERVICE_REFUSED" | "SERVICE_FAILED" | "LEASE_CONFLICT", times: number) => {
    let calls = 0;
    keys.length = 0;
    return capability("test.failing", async (_fs, _signal, key) => {
      keys.push(key);
      if (calls++ < times) throw new RuntimeError(code, `Call ${calls} fails.`);
    });
  };
  const retry = { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 };

  test.for([
    ["where retry_on lists its code", "SERVICE_REFUSED", ["SERVICE_REFUSED"], 3],
    ["where retry_on lists its category", "SERVICE_REFUSED", ["TIMEOUT", "EXTERNAL_SERVICE_ERROR"], 3],
    ["only where retry_on lists it", "SERVICE_FAILED", ["TIMEOUT"], 1],
    ["without retry_on where it is retryable", "SERVICE_FAILED", undefined, 3],
    ["without retry_on only where it is retryable", "SERVICE_REFUSED", undefined, 1],
  ] as const)("%s: %s", async ([, code, retry_on, attempts]) => {
    using site = openSite();
    await using runtime = await site.open({ capabilities: [failing(code, 2)] });
    const step = at("try", "test.failing", { retry: { ...retry, retry_on }, idempotency_key: "k-{{ n }}" });
    const view = await runtime.run(site.flow([step], { initial_state: { n: 7 } }));
    expect(view.status).toBe(attempts === 3 ? "COMPLETED" : "FAILED");
    expect(view.steps).toMatchObject([{ attempt: attempts }]);
    expect(keys).toEqual(Array.from({ length: attempts }, () => "k-7"));
  });

  test("with the whole run, where the handler itself says that somebody else was quicker", async () => {
    using site = openSite();
    await using runtime = await site.open({ capabilities: [failing("LEASE_CONFLICT", 1)] });
    const view = await runtime.run(site.flow([write("one", "a", "1"), at("try", "test.failing")]));
    expect(view).toMatchObject({ status: "COMPLETED", attempt: 2, steps: [{ attempt: 1 }, { attempt: 1 }] });
  });
});

test.for([
  ["{{ order }}", { order: { id: 7 } }, '{"id":7}'],
  ["{{ order }}", { order: 7 }, "7"],
] as const)("a key that is no text is told apart from others: %s of %o", async ([template, state, key]) => {
  using site = openSite();
  const seen: string[] = [];
  const look = capability("test.look", async (_fs, _signal, given) => seen.push(given));
  await using runtime = await site.open({ capabilities: [look] });
  await runtime.run(
    site.flow([at("look", "test.look", { idempotency_key: template })], { initial_state: state }),
  );
  expect(seen).toEqual([key]);
});

test("a foreach over more than 100,000 elements is refused", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const list = Array.from({ length: 100_001 }, () => 0);
  const step = { ...write("each", "{{ item }}", ""), foreach: "{{ list }}" };
  const view = await runtime.run(site.flow([step], { initial_state: { list } }));
  expect(view).toMatchObject({
    status: "FAILED",
    failure: {
      code: "LIMIT_EXCEEDED",
      message: 'foreach of the step "each" has 100001 items; at most 100000.',
    },
  });
});

test("a workflow file of more than a mebibyte is refused before it is read", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const file = site.flow([write("one", "a", "x".repeat(1024 * 1024))]);
  await expect(runtime.run(file)).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: expect.stringContaining(file) as string,
  });
});
