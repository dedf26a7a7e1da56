import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { ApprovalPage } from "../../src/contract/rest/approval.ts";
import { OlderDetail, OlderReply, OlderSummary } from "../../src/contract/rest/older.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { Run, RunPage, StartedRun } from "../../src/contract/rest/run.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, settled, type TestControl } from "./open.ts";

verifies("control:operations", "control:older");

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl();
});
afterAll(() => control[Symbol.asyncDispose]());

const write = (path: string, content = "hello") => ({
  target: "io.fs.write_file",
  inputs: { path, content },
});
const ASKS = { target: "sys.exec.run", inputs: { command: "ls", args: [] } };

test("a run is started, shown, undone and redone", async () => {
  const started = await control.ask("POST", "/v1/runs", write("a.txt"));
  expect(started.status).toBe(202);
  const { run, href } = StartedRun.parse(started.body);
  expect(href).toBe(`/v1/runs/${run}`);
  const shown = await settled(control, run);
  expect(shown).toMatchObject({
    status: "completed",
    inputs: { path: "a.txt", content: "hello" },
    changed: [{ kind: "created", path: "a.txt", size: 5 }],
    undoable: 1,
  });
  const file = join(control.station.runtime.workspace, "a.txt");
  expect(readFileSync(file, "utf8")).toBe("hello");

  const undone = await control.ask("POST", `/v1/runs/${run}/undo`, { reason: "not meant" });
  expect(undone.status).toBe(200);
  expect(Run.parse(undone.body)).toMatchObject({ status: "rolled_back", changed: [], reason: "not meant" });
  expect(existsSync(file)).toBe(false);
  const again = await control.ask("POST", `/v1/runs/${run}/undo`, { reason: "again" });
  expect(again.status).toBe(409);
  expect(Problem.parse(again.body)).toMatchObject({ code: "STATE_CONFLICT", status: 409 });

  await control.ask("POST", `/v1/runs/${run}/redo`, { reason: "meant after all" });
  expect(readFileSync(file, "utf8")).toBe("hello");
});

test("what waits for a human is listed with its consent, approved or rejected", async () => {
  const waiting = await runTo(control, ASKS);
  expect(waiting).toMatchObject({ status: "paused", waiting: ["call"] });
  const { approvals } = ApprovalPage.parse((await control.ask("GET", "/v1/approvals")).body);
  expect(approvals).toMatchObject([{ run: waiting.run, step: "call", name: "sys.exec.run" }]);
  expect(approvals[0]?.text).toContain("Risk CRITICAL");

  const rejected = await control.ask("POST", `/v1/runs/${waiting.run}/approval`, {
    decision: "rejected",
    reason: "not today",
  });
  expect(rejected.status).toBe(200);
  expect(await settled(control, waiting.run)).toMatchObject({
    status: "failed",
    failure: { code: "DENIED" },
  });
  const other = await control.ask("POST", `/v1/runs/${waiting.run}/approval`, {
    decision: "approved",
    reason: "after all",
  });
  expect(Problem.parse(other.body)).toMatchObject({ status: 409, code: "STATE_CONFLICT" });
});

test("runs are listed page by page, without gap or duplicate while more are started", async () => {
  for (let i = 0; i < 5; i++) await runTo(control, write(`page-${i}.txt`));
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = RunPage.parse((await control.ask("GET", `/v1/runs?limit=2${query}`)).body);
    if (cursor === "") await runTo(control, write("later.txt"));
    seen.push(...page.runs.map(({ run }) => run));
    cursor = page.next;
  }
  expect(seen).toEqual([...new Set(seen)].sort().reverse());
  expect(seen).toHaveLength(control.station.runtime.ledger.runs().length - 1);
});

test("the older endpoints speak the older words", async () => {
  const { run } = await runTo(control, ASKS);
  const list = OlderSummary.array().parse((await control.ask("GET", "/v1/workflows?status=PAUSED")).body);
  expect(list).toMatchObject([
    { workflow_id: run, status: "paused", current_step: "call", total_steps: 1, completed_steps: 0 },
  ]);
  const body = { workflow_id: run, action: "PAUSE", reason: "look first" };
  const paused = await control.ask("POST", `/v1/workflows/${run}/pause`, body);
  expect(OlderReply.parse(paused.body)).toMatchObject({ previous_status: "paused", new_status: "paused" });

  const ended = await runTo(control, write("older.txt"));
  const detail = OlderDetail.parse((await control.ask("GET", `/v1/workflows/${ended.run}`)).body);
  expect(detail).toMatchObject({
    status: "completed",
    total_steps: 1,
    completed_steps: 1,
    current_step: null,
  });
  const refused = await control.ask("POST", `/v1/workflows/${ended.run}/resume`, {
    workflow_id: ended.run,
    action: "RESUME",
    reason: "go on",
  });
  expect(Problem.parse(refused.body)).toMatchObject({
    status: 400,
    detail: "Cannot resume workflow in COMPLETED",
  });
  const missing = await control.ask("GET", "/v1/workflows/none");
  expect(Problem.parse(missing.body)).toMatchObject({ status: 404, detail: "Workflow not found" });
  const mixed = await control.ask("POST", `/v1/workflows/${run}/pause`, { ...body, workflow_id: "other" });
  expect(mixed.status).toBe(422);
});
