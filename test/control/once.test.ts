import { expect, test } from "vitest";

import { digestOf } from "../../src/contract/digest.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { Run, StartedRun } from "../../src/contract/rest/run.ts";
import { ROUTES } from "../../src/control/routes.ts";
import { takesKey } from "../../src/control/route.ts";
import { localPrincipal } from "../../src/kernel/home.ts";
import { openRequests } from "../../src/operate/requests.ts";
import { newRunId } from "../../src/workflow/engine.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, settled, type TestControl } from "./open.ts";

verifies("control:once");

const APPEND = { target: "io.fs.append_file", inputs: { path: "log.txt", content: "x" } };
const START = { operation: "startRun", params: {}, query: {}, body: APPEND };

const keyed = ({ bearer }: TestControl, key: string) => ({ ...bearer, "idempotency-key": key });

test("the same key and body have one effect, at once and again after a restart", async () => {
  const first = await openTestControl();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => first.ask("POST", "/v1/runs", APPEND, keyed(first, "order-1"))),
  );
  const [done, ...others] = answers.toSorted((one, other) => one.status - other.status);
  expect(done?.status).toBe(202);
  for (const { body } of others)
    expect(Problem.parse(body)).toMatchObject({ status: 409, code: "REQUEST_UNDER_WAY", retryable: true });
  const { run } = StartedRun.parse(done?.body);
  await settled(first, run);

  const other = await first.ask("POST", "/v1/runs", { ...APPEND, cwd: "." }, keyed(first, "order-1"));
  expect(Problem.parse(other.body)).toMatchObject({ status: 422, code: "KEY_REUSED" });
  await first.close();

  await using second = await openTestControl({}, first.directory);
  const again = await second.ask("POST", "/v1/runs", APPEND, keyed(second, '"order-1"'));
  expect(again).toMatchObject({ status: 202, body: done?.body });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(second.station.runtime.ledger.runs()).toHaveLength(1);
  const named = ["request-accepted", "request-answered"] as const;
  const sealed = [...second.station.runtime.ledger.entries({ types: named, sealed: true })];
  expect(sealed).toHaveLength(2);
  for (const { data } of sealed) expect(JSON.stringify(data)).toContain("$sealed");
});

test("a request that was accepted and never begun begins, under the id that was promised", async () => {
  const first = await openTestControl();
  const run = newRunId(Date.now());
  const data = { key: "order-2", request: digestOf(START), run };
  await first.station.runtime.ledger.append(localPrincipal("rest", {}), { type: "request-accepted", data });
  await first.close();

  await using second = await openTestControl({}, first.directory);
  for (let i = 0; i < 2; i++) {
    const answer = await second.ask("POST", "/v1/runs", APPEND, keyed(second, "order-2"));
    expect(StartedRun.parse(answer.body).run).toBe(run);
  }
  expect(await settled(second, run)).toMatchObject({ status: "completed" });
  expect(second.station.runtime.ledger.runs()).toHaveLength(1);
});

test("a run that a dead server had begun is answered, and not begun once more", async () => {
  const first = await openTestControl();
  const run = newRunId(Date.now());
  const data = { key: "order-3", request: digestOf(START), run };
  await first.station.runtime.ledger.append(localPrincipal("rest", {}), { type: "request-accepted", data });
  await (
    await first.station.runtime.start(APPEND.target, { inputs: APPEND.inputs, run })
  ).settled;
  await first.close();

  await using second = await openTestControl({}, first.directory);
  const answer = await second.ask("POST", "/v1/runs", APPEND, keyed(second, "order-3"));
  expect(StartedRun.parse(answer.body).run).toBe(run);
  expect(second.station.runtime.ledger.runs()).toHaveLength(1);
});

test("whatever acts has one effect: again it is answered as before, also when things have moved on", async () => {
  const first = await openTestControl();
  const write = { target: "io.fs.write_file", inputs: { path: "a.txt", content: "x" } };
  const { run } = await runTo(first, write);
  const undo = (control: TestControl, reason = "not meant") =>
    control.ask("POST", `/v1/runs/${run}/undo`, { reason }, keyed(control, "undo-1"));
  const undone = await undo(first);
  expect(Run.parse(undone.body).status).toBe("rolled_back");
  await first.ask("POST", `/v1/runs/${run}/redo`, { reason: "meant after all" });
  expect((await undo(first)).body).toEqual(undone.body);
  expect(Problem.parse((await undo(first, "other")).body).code).toBe("KEY_REUSED");
  // Another path under the same key is another request.
  const elsewhere = await first.ask("POST", "/v1/runs/other/undo", { reason: "x" }, keyed(first, "undo-1"));
  expect(Problem.parse(elsewhere.body).code).toBe("KEY_REUSED");
  await first.close();

  await using second = await openTestControl({}, first.directory);
  expect((await undo(second)).body).toEqual(undone.body);
  expect(await settled(second, run)).toMatchObject({ status: "completed" });
});

test("a refusal is repeated too, unless it may be retried", async () => {
  await using control = await openTestControl();
  const start = () => control.ask("POST", "/v1/runs", { target: "io.fs.nothing" }, keyed(control, "order-4"));
  const [one, other] = [await start(), await start()];
  expect([one.status, other.status]).toEqual([404, 404]);
  expect(other.body).toEqual(one.body);
  expect(other.headers.get("idempotency-replayed")).toBe("true");

  const requests = openRequests(control.station.runtime.ledger);
  const by = localPrincipal("rest", {});
  const answer = { status: 409, type: "application/problem+json", body: "{}" };
  let acted = 0;
  const act = () => Promise.resolve({ ...answer, isFinal: ++acted > 1 });
  for (const isRepeated of [false, false, true])
    expect(await requests.answer(by, "retried", {}, false, act)).toMatchObject({ ...answer, isRepeated });
  expect(acted).toBe(2);
  // The same from the ledger alone.
  expect(
    await openRequests(control.station.runtime.ledger).answer(by, "retried", {}, false, act),
  ).toMatchObject({
    isRepeated: true,
  });
});

test("where the server died over it, nobody does it once more: the caller is told to look", async () => {
  const first = await openTestControl();
  const body = { reason: "stop" };
  const request = digestOf({ operation: "raisePanic", params: {}, query: {}, body: { ...PANIC, ...body } });
  const data = { key: "panic-1", request };
  await first.station.runtime.ledger.append(localPrincipal("rest", {}), { type: "request-accepted", data });
  await first.close();
  await using second = await openTestControl({}, first.directory);
  const answer = await second.ask("POST", "/v1/panics", body, keyed(second, "panic-1"));
  expect(Problem.parse(answer.body)).toMatchObject({ status: 409, code: "REQUEST_INTERRUPTED" });
  expect(second.station.chain.governance.panics.all()).toEqual([]);
});
const PANIC = { action: "FREEZE", scope: { kind: "all" } };

test("an odd key is refused", async () => {
  await using control = await openTestControl();
  for (const key of ["x".repeat(300), "two words", ""]) {
    const answer = await control.ask("POST", "/v1/runs", APPEND, keyed(control, key));
    expect(answer.status).toBe(422);
  }
});

test("everything takes a key but what only looks", () => {
  const without = ROUTES.filter((route) => route.method !== "get" && !takesKey(route)).map(({ id }) => id);
  expect(without.toSorted()).toEqual([
    "explainDecision",
    "planRun",
    "testPolicy",
    "verifyLedger",
    "whatIfPolicy",
  ]);
});
