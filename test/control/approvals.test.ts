import { afterAll, beforeAll, expect, test } from "vitest";

import { digestOf } from "../../src/contract/digest.ts";
import { Approval, ApprovalPage } from "../../src/contract/rest/approval.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { asking, enforce, person } from "../handshake-site.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, settled, type TestControl } from "./open.ts";

verifies("control:approvals");

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl();
  await enforce(control.station.runtime, { policies: asking() });
});
afterAll(() => control[Symbol.asyncDispose]());

const WRITE = { target: "io.fs.write_file", inputs: { path: "a.txt", content: "one\n" } };

async function waiting(body: unknown = WRITE) {
  const { run } = await runTo(control, body);
  const { approvals } = ApprovalPage.parse((await control.ask("GET", `/v1/approvals?run=${run}`)).body);
  const [summary] = approvals;
  if (summary === undefined) throw new Error(`${run} waits for nothing`);
  return { run, summary, path: `/v1/approvals/${summary.id}` };
}

const look = async (path: string) => Approval.parse((await control.ask("GET", path)).body);

test("an approval shows what the runtime rendered, its digest, the diff, and who may answer", async () => {
  const { run, summary, path } = await waiting();
  const shown = await look(path);
  expect(shown).toMatchObject({
    run,
    step: "call",
    name: "io.fs.write_file",
    state: "open",
    changes: [{ kind: "create", target: "a.txt", bytes: { before: null, after: 4 } }],
    mayAnswer: { approve: true, reject: true, why: null },
    terms: { quorum: 1 },
  });
  expect(shown.changes?.[0]?.diff).toContain("+one");
  expect(shown.full).toContain("With:\n  content = ");
  expect(shown.digest).toBe(digestOf({ id: shown.id, binds: shown.binds, full: shown.full }));
  expect(summary).toMatchObject({ id: shown.id, digest: shown.digest, risk: shown.risk });
});

test("an answer holds for what was shown alone, and the run goes on with it", async () => {
  const [first, second] = [await waiting(), await waiting()];
  const other = { digest: second.summary.digest, reason: "looked" };
  const refused = await control.ask("POST", `${first.path}/approve`, other);
  expect(Problem.parse(refused.body)).toMatchObject({ status: 409, code: "STATE_CONFLICT" });
  expect((await look(first.path)).state).toBe("open");

  const answer = { digest: first.summary.digest, reason: "looked" };
  const approved = Approval.parse((await control.ask("POST", `${first.path}/approve`, answer)).body);
  expect(approved.answers).toMatchObject([{ answer: "approved", reason: "looked", by: { service: "rest" } }]);
  expect(await settled(control, first.run)).toMatchObject({ status: "completed" });
  expect((await look(first.path)).state).toBe("used");
  // Again the same changes nothing; the contrary is too late.
  expect((await control.ask("POST", `${first.path}/approve`, answer)).status).toBe(200);
  expect((await control.ask("POST", `${first.path}/reject`, answer)).status).toBe(409);

  const rejected = await control.ask("POST", `${second.path}/reject`, other);
  expect(Approval.parse(rejected.body).state).toBe("rejected");
  expect(await settled(control, second.run)).toMatchObject({ failure: { code: "DENIED" } });
});

test("what nobody used yet can be taken back", async () => {
  const { run, path } = await waiting();
  const revoked = Approval.parse((await control.ask("POST", `${path}/revoke`, { reason: "a mistake" })).body);
  expect(revoked).toMatchObject({ state: "revoked", answers: [{ answer: "revoked", reason: "a mistake" }] });
  expect(await settled(control, run)).toMatchObject({ failure: { code: "DENIED" } });
  const late = await control.ask("POST", `${path}/approve`, { digest: revoked.digest, reason: "x" });
  expect(Problem.parse(late.body)).toMatchObject({ status: 409 });
});

test("whoever may not answer is told why, and an agent never may", async () => {
  const { path, summary } = await waiting();
  const { kernel } = control.station.controlFor(person("ada", "bot"));
  const { mayAnswer } = await import("../../src/workflow/view-approvals.ts");
  expect(mayAnswer(kernel, summary.id, person("ada", "bot"))).toMatchObject({
    approve: false,
    reject: false,
  });
  expect(mayAnswer(kernel, summary.id, person("eve")).why).toContain("eve may not decide");
  await control.ask("POST", `${path}/reject`, { digest: summary.digest, reason: "done" });
});

test("waiting and decided ones come page by page, each once, the newest first", async () => {
  for (let i = 0; i < 3; i++) await waiting();
  const read = async (state: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let cursor: number | null = 0; cursor !== null;) {
      const query: string = `state=${state}&limit=2${cursor === 0 ? "" : `&cursor=${cursor}`}`;
      const { approvals, next } = ApprovalPage.parse(
        (await control.ask("GET", `/v1/approvals?${query}`)).body,
      );
      seen.push(...approvals.map(({ id }) => id));
      cursor = next;
    }
    return seen;
  };
  const [open, decided, all] = [await read("waiting"), await read("decided"), await read("all")];
  const asked = [
    ...control.station.runtime.ledger.entries({ types: ["approval-requested"], descending: true }),
  ];
  expect(all).toEqual(asked.map(({ data }) => data.approval));
  expect(open.length).toBeGreaterThan(2);
  expect(decided.length).toBeGreaterThan(2);
  expect([...open, ...decided].toSorted()).toEqual(all.toSorted());
  expect((await control.ask("GET", "/v1/approvals?run=run-nobody")).status).toBe(404);
  expect((await control.ask("GET", "/v1/approvals/nobody")).status).toBe(404);
});
