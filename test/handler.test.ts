import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { type Context, type Decide, defineCapability, type Handler } from "../src/index.ts";
import { specOf } from "./capability-spec.ts";
import { startServer } from "./local-server.ts";
import { openSite } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:paths", "workspace:egress", "contract:validation", "ledger:durable");

/** A capability of the test's own that only tells what it does. */
const writer = (run: (ctx: Context) => Promise<unknown>) => ({
  spec: specOf({
    id: "test.writer",
    risk: { level: "LOW", justification: "files of the workspace", requires_approval: false },
    side_effects: ["filesystem_write"],
    undo: { kind: "reversible" },
    outputs: { type: "object", properties: { size: { type: "number" } }, required: ["size"] },
  }),
  handler: (async (ctx) => run(ctx)) as Handler,
});

const later = async <Door>(door: Door): Promise<Door> => door;

const namesIn = (path: string): string[] => readdirSync(path).filter((name) => name !== ".ai-first");

describe("a handler", () => {
  test.for(["write", "net", "process"])(
    "does nothing that its contract does not declare: %s",
    async (what) => {
      using site = openSite();
      await using runtime = await site.open();
      const view = await runtime.run("test.net.smuggle", { inputs: { what } });
      expect(view).toMatchObject({ status: "FAILED", failure: { code: "EFFECT_UNDECLARED" } });
      expect([...runtime.ledger.entries({ run: view.run, types: ["effect-intended"] })]).toEqual([]);
      expect(namesIn(site.workspace)).toEqual([]);
    },
  );

  test("may pass a door on, and what it does not wait for ends with its step", async () => {
    using site = openSite();
    const capability = writer(async (ctx) => {
      const files = await later(ctx.fs);
      await files.write("awaited", "1");
      void files.write("not-awaited", "22");
      return { size: 3 };
    });
    await using runtime = await site.open({ capabilities: [capability] });
    const view = await runtime.run("test.writer");
    expect(view).toMatchObject({ status: "COMPLETED", outputs: { size: 3 }, undoable: 2 });
    expect(namesIn(site.workspace).sort()).toEqual(["awaited", "not-awaited"]);
    expect(readFileSync(join(site.workspace, "not-awaited"), "utf8")).toBe("22");
  });

  test.for<[string, unknown]>([
    ["text", "done"],
    ["nothing", undefined],
    ["null", null],
    ["a list", [3]],
    ["another shape", { size: "3" }],
  ])("that gives back %s has failed, and what it wrote is taken back", async ([, outputs]) => {
    using site = openSite();
    const capability = writer(async ({ fs }) => {
      await fs.write("left", "x");
      return outputs;
    });
    await using runtime = await site.open({ capabilities: [capability] });
    const view = await runtime.run("test.writer");
    expect(view).toMatchObject({ status: "FAILED", failure: { code: "OUTPUT_INVALID" }, undoable: 0 });
    expect(namesIn(site.workspace)).toEqual([]);
  });

  test("that leaves the workspace has said so in the ledger before", async () => {
    await using server = await startServer((_, response) => response.end("hello"));
    using site = openSite();
    const url = `http://127.0.0.1:${server.port}/page`;
    const fetched = defineCapability({
      id: "test.fetch",
      version: "1.0.0",
      description: "Fetches a page.",
      input: z.strictObject({}),
      output: z.strictObject({ body: z.string() }),
      risk: { level: "LOW", justification: "it only reads" },
      sideEffects: ["network_read"],
      undo: { kind: "none" },
      hosts: ["*"],
      run: async ({ net }) => ({ body: (await net.request({ method: "GET", url })).body.toString() }),
    });
    const env = { AI_FIRST_HOME: site.home, AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${server.port}` };
    await using runtime = await site.open({ capabilities: [fetched], env });
    const view = await runtime.run("test.fetch");
    expect(view).toMatchObject({ status: "COMPLETED", outputs: { body: "hello" }, undoable: 0 });
    const [intended] = runtime.ledger.entries({ run: view.run, types: ["effect-intended"] });
    expect(intended?.data).toMatchObject({ op: "http", changes: [], target: `GET ${url}` });
  });
});

test.for<[string, Decide]>([
  ["refuses", () => ({ outcome: "deny", rules: ["house.rule"], reason: "not today" })],
  [
    "fails",
    () => {
      throw new Error("the policy cannot be read");
    },
  ],
  ["fails later", () => Promise.reject(new Error("the policy cannot be read"))],
])("where the policy %s, nothing runs", async ([what, decide]) => {
  using site = openSite();
  await using runtime = await site.open({ decide });
  const view = await runtime.run("io.fs.write_file", { inputs: { path: "a", content: "x" } });
  expect(view).toMatchObject({ status: "FAILED", failure: { code: "DENIED" } });
  expect(view.failure?.message).toBe(
    what === "refuses"
      ? "io.fs.write_file was refused: not today"
      : "io.fs.write_file was refused, because deciding about it failed.",
  );
  expect([...runtime.ledger.entries({ run: view.run, types: ["step-intended"] })]).toEqual([]);
  expect(namesIn(site.workspace)).toEqual([]);
});
