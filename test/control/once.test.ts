import { expect, test } from "vitest";

import { digestOf } from "../../src/contract/digest.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { StartedRun } from "../../src/contract/rest/run.ts";
import { localPrincipal } from "../../src/kernel/home.ts";
import { newRunId } from "../../src/workflow/engine.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, settled } from "./open.ts";

verifies("control:once");

const APPEND = { target: "io.fs.append_file", inputs: { path: "log.txt", content: "x" } };

test("the same key and body have one effect, at once and again after a restart", async () => {
  const first = await openTestControl();
  const keyed = { ...first.bearer, "idempotency-key": "order-1" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => first.ask("POST", "/v1/runs", APPEND, keyed)),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const runs = new Set(answers.map(({ body }) => StartedRun.parse(body).run));
  expect(runs.size).toBe(1);
  const [run = ""] = runs;
  await settled(first, run);

  const other = await first.ask("POST", "/v1/runs", { ...APPEND, cwd: "." }, keyed);
  expect(Problem.parse(other.body)).toMatchObject({ status: 422, code: "KEY_REUSED" });
  await first.close();

  await using second = await openTestControl({}, first.directory);
  const again = await second.ask("POST", "/v1/runs", APPEND, {
    ...second.bearer,
    "idempotency-key": "order-1",
  });
  expect(StartedRun.parse(again.body).run).toBe(run);
  expect(second.station.runtime.ledger.runs()).toHaveLength(1);
  const [accepted] = second.station.runtime.ledger.entries({ types: ["request-accepted"], sealed: true });
  expect(JSON.stringify(accepted?.data)).toContain("$sealed");
});

test("a request that was accepted and never begun begins, under the id that was promised", async () => {
  const first = await openTestControl();
  const run = newRunId(Date.now());
  const data = { key: "order-2", request: digestOf(APPEND), run };
  await first.station.runtime.ledger.append(localPrincipal("rest", {}), { type: "request-accepted", data });
  await first.close();

  await using second = await openTestControl({}, first.directory);
  const answer = await second.ask("POST", "/v1/runs", APPEND, {
    ...second.bearer,
    "idempotency-key": "order-2",
  });
  expect(StartedRun.parse(answer.body).run).toBe(run);
  expect(await settled(second, run)).toMatchObject({ status: "completed" });
});

test("what cannot start is refused each time, and may be corrected under another key", async () => {
  await using control = await openTestControl();
  const keyed = { ...control.bearer, "idempotency-key": "order-3" };
  for (let i = 0; i < 2; i++)
    expect((await control.ask("POST", "/v1/runs", { target: "io.fs.nothing" }, keyed)).status).toBe(404);
  expect([...control.station.runtime.ledger.entries({ types: ["request-accepted"] })]).toHaveLength(1);
});

test("an odd key is refused", async () => {
  await using control = await openTestControl();
  const answer = await control.ask("POST", "/v1/runs", APPEND, {
    ...control.bearer,
    "idempotency-key": "x".repeat(300),
  });
  expect(answer.status).toBe(422);
});
