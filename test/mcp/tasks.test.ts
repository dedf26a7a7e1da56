import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { type Notes, openNotes } from "./notes.ts";
import { LEGACY, rpc, type Told } from "./site.ts";

verifies("mcp:tasks");

const TASKS = "io.modelcontextprotocol/tasks";
const ABLE = { elicitation: { form: {} }, extensions: { [TASKS]: {} } };

let site: Notes;
beforeAll(async () => {
  site = await openNotes();
});
beforeEach(() => site.again());
afterAll(() => site[Symbol.asyncDispose]());

const ask = (
  method: string,
  params: Record<string, unknown>,
  name = "assistant",
  capabilities: object = ABLE,
) => rpc(site, method, params, { name, capabilities });
const written = (path: string): boolean => existsSync(join(site.workspace, path));

async function createTask(tool: string, path: string): Promise<string> {
  const { result } = await ask("tools/call", { name: tool, arguments: { path, text: "hello" } });
  expect(result).toMatchObject({ resultType: "task", status: "working", ttlMs: null });
  return String(result?.["taskId"]);
}

async function until(taskId: string, ...wanted: readonly string[]): Promise<NonNullable<Told["result"]>> {
  for (;;) {
    const { result } = await ask("tasks/get", { taskId });
    if (wanted.includes(String(result?.["status"]))) return result ?? {};
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a call that takes long is a task, whose result is that of the call", async () => {
  const taskId = await createTask("slow_note", "slow.txt");
  expect((await ask("tasks/get", { taskId })).result).toMatchObject({ status: "working" });
  site.goOn();
  const { result } = await until(taskId, "completed");
  expect(result).toMatchObject({
    structuredContent: { run: taskId, outputs: { write: { path: "slow.txt" } } },
  });
  expect((await ask("tasks/cancel", { taskId })).result).toMatchObject({ resultType: "complete" });
  expect(written("slow.txt")).toBe(true);
});

test("a task that is cancelled in the middle is taken back", async () => {
  const taskId = await createTask("slow_note", "cancelled.txt");
  await site.wasReached();
  expect(written("cancelled.txt")).toBe(true);
  await ask("tasks/cancel", { taskId });
  await until(taskId, "cancelled");
  expect(written("cancelled.txt")).toBe(false);
});

test("a task belongs to its agent and person: for others there is none", async () => {
  const taskId = await createTask("slow_note", "own.txt");
  await site.wasReached();
  for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
    const params = method === "tasks/update" ? { taskId, inputResponses: {} } : { taskId };
    expect((await ask(method, params, "another-agent")).error).toMatchObject({ code: -32_602 });
    expect((await ask(method, { ...params, taskId: "none" })).error).toMatchObject({ code: -32_602 });
    expect((await ask(method, params, "assistant", {})).error).toMatchObject({ code: -32_021 });
  }
  expect((await ask("tasks/get", { taskId })).result).toMatchObject({ status: "working" });
  site.goOn();
  await until(taskId, "completed");
});

test("a run that waits is a task that asks, also after a restart, and goes on with the answer", async () => {
  using directory = scratch();
  const first = await openNotes({ directory });
  const call = { name: "low_note", arguments: { path: "asked.txt", text: "hello" } };
  const options = { name: "assistant", capabilities: ABLE };
  const created = await rpc(first, "tools/call", call, options);
  const taskId = String(created.result?.["taskId"]);
  await first.close();

  const second = await openNotes({ directory });
  const asked = await rpc(second, "tasks/get", { taskId }, options);
  expect(asked.result).toMatchObject({ taskId, status: "input_required" });
  const [key = ""] = Object.keys(asked.result?.inputRequests ?? {});
  const answer = { [key]: { action: "accept", content: { confirm: true } } };
  // What was never asked is ignored.
  await rpc(second, "tasks/update", { taskId, inputResponses: { another: answer[key] } }, options);
  expect((await rpc(second, "tasks/get", { taskId }, options)).result).toMatchObject({
    status: "input_required",
  });
  await rpc(second, "tasks/update", { taskId, inputResponses: answer }, options);
  for (;;) {
    const { result } = await rpc(second, "tasks/get", { taskId }, options);
    if (result?.["status"] === "completed") break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(readFileSync(join(second.workspace, "asked.txt"), "utf8")).toBe("hello");
  await second.close();
});

test("what is declined in a task is done in none", async () => {
  const taskId = await createTask("low_note", "declined.txt");
  const { inputRequests = {} } = await until(taskId, "input_required");
  const [key = ""] = Object.keys(inputRequests);
  await ask("tasks/update", { taskId, inputResponses: { [key]: { action: "decline" } } });
  const { result } = await until(taskId, "completed", "cancelled", "failed");
  expect(result).toMatchObject({ isError: true });
  expect(written("declined.txt")).toBe(false);
});

test("a client that cannot show forms is told what the task waits for", async () => {
  const able = { extensions: { [TASKS]: {} } };
  const call = { name: "low_note", arguments: { path: "told.txt", text: "hello" } };
  const { result } = await ask("tools/call", call, "assistant", able);
  const told = await ask("tasks/get", { taskId: result?.["taskId"] }, "assistant", able);
  expect(told.result).toMatchObject({
    status: "working",
    statusMessage: expect.stringContaining("It waits for"),
  });
});

test("a client of an older revision gets the result, whatever it declares", async () => {
  const client = await site.connect({ revision: LEGACY, capabilities: ABLE });
  const calling = client.callTool({ name: "slow_note", arguments: { path: "older.txt", text: "hello" } });
  await site.wasReached();
  // Longer than a call may take before it becomes a task.
  await new Promise((resolve) => setTimeout(resolve, 700));
  site.goOn();
  expect(await calling).toMatchObject({ structuredContent: { outputs: { write: { path: "older.txt" } } } });
});
