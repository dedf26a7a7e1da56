import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openTestLedger, PERSON, runStarted } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Kernel } from "../kernel/invoke.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import { type ApprovalFilter, listApprovals, mayAnswer, viewApproval } from "./view-approvals.ts";

verifies("governance:handshake", "control:approvals");

const TERMS = { risk: "HIGH", own: true, roles: [["approver"]], quorum: 2 } as const;
const directory = scratch();
let ledger: LedgerFile;

/** `one` was asked a, b, c, of which a and c have an answer; `two` was asked d. */
beforeAll(async () => {
  ({ ledger } = openTestLedger(directory.path));
  const ask = (run: string, id: string, more: object = {}) =>
    ledger.append(PERSON, {
      type: "approval-requested",
      run,
      step: id,
      data: { approval: id, binds: "b", text: `${id}?`, approvers: [], ...more },
    });
  const answer = (
    type: "approval-confirmed" | "approval-decided" | "approval-revoked",
    id: string,
    data: object,
  ) =>
    ledger.append(PERSON, {
      type,
      run: "one",
      step: id,
      data: { approval: id, reason: "because", ...data },
    } as Parameters<LedgerFile["append"]>[1]);
  for (const run of ["one", "two"]) await ledger.append(PERSON, runStarted(run));
  await ask("one", "a");
  await ask("one", "b", { full: "b, and more?", rules: ["ask.b"], expiresAt: "2026-01-01T00:00:00.000Z" });
  await ask("one", "c");
  await ask("two", "d");
  await answer("approval-decided", "a", { decision: "rejected" });
  await answer("approval-confirmed", "c", { person: "ada" });
  await answer("approval-revoked", "c", {});
});
afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

const kernel = (person: () => string = () => "ada", now = 0) => ({
  ledger,
  now: () => now,
  approvals: { terms: () => TERMS, person } as unknown as Kernel["approvals"],
});

describe("a page of approvals", () => {
  test.for<[Omit<ApprovalFilter, "limit">, readonly string[]]>([
    [{ state: "all" }, ["d", "c", "b", "a"]],
    [{ state: "all", run: "one" }, ["c", "b", "a"]],
    [{ state: "decided" }, ["c", "a"]],
    [{ state: "decided", run: "two" }, []],
    [{ state: "waiting" }, ["d", "b"]],
    [{ state: "waiting", run: "one" }, ["b"]],
  ])("%j: %j, whatever a page holds", ([filter, ids]) => {
    for (const limit of [1, 2, 10]) {
      const found: string[] = [];
      let before: number | undefined;
      for (;;) {
        const { approvals, next } = listApprovals(kernel(), { ...filter, before, limit });
        expect(approvals.length).toBeLessThanOrEqual(limit);
        found.push(...approvals.map(({ id }) => id));
        if (next === null) break;
        before = next;
      }
      expect(found).toEqual(ids);
    }
  });
});

test("an approval of an older ledger is shown with the terms that count now", () => {
  const view = viewApproval(kernel(), "a");
  expect(view).toMatchObject({
    state: "rejected",
    full: "a?",
    rules: [],
    risk: "HIGH",
    terms: TERMS,
    expiresAt: null,
    changes: null,
    answers: [{ answer: "rejected", reason: "because", by: PERSON }],
  });
  expect(viewApproval(kernel(undefined, Date.parse("2026-01-01T00:00:00.001Z")), "b")).toMatchObject({
    state: "expired",
    full: "b, and more?",
    rules: ["ask.b"],
  });
  expect(viewApproval(kernel(), "c")).toMatchObject({
    state: "revoked",
    answers: [{ answer: "confirmed" }, { answer: "revoked" }],
  });
  expect(() => viewApproval(kernel(), "e".repeat(200))).toThrow(
    expect.objectContaining({ code: "APPROVAL_UNKNOWN" }),
  );
});

test("who may not answer is told why; what cannot be found out is no answer", () => {
  const throwing = (error: Error) =>
    kernel(() => {
      throw error;
    });
  expect(mayAnswer(kernel(), "d", PERSON)).toEqual({ approve: true, reject: true, why: null });
  const denied = throwing(new RuntimeError("DENIED", "No approver."));
  expect(mayAnswer(denied, "d", PERSON)).toEqual({ approve: false, reject: false, why: "No approver." });
  const broken = throwing(new RuntimeError("LEDGER_UNAVAILABLE", "No home."));
  expect(() => mayAnswer(broken, "d", PERSON)).toThrow("No home.");
});
