import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ADA, asking, enforce, handshakeSite, waiting, YES } from "./handshake-site.ts";
import { verifyIn } from "./installation.ts";
import { verifies } from "./requirements.ts";

verifies("governance:handshake", "workflow:recovery");

const WRITE = { inputs: { path: "a.txt", content: "x" } };

test("an approval that is taken back in the instant of its use is not used, and the run goes on to its end", async () => {
  using site = handshakeSite();
  // Another process, which has its own connection to the ledger.
  await using other = await site.open(ADA);
  await using runtime = await site.open();
  await enforce(runtime, { policies: asking() });
  const { run } = await runtime.run("io.fs.write_file", WRITE);
  const { id, step } = waiting(runtime, run);
  const { ledger } = runtime;
  const append = ledger.append.bind(ledger);
  let uses = 0;
  Object.assign(ledger, {
    append: (...[by, event, options]: Parameters<typeof ledger.append>) => {
      const isUse = event.type === "step-intended" && event.data.approval === id;
      // After the last look at the approval, and before the intent that uses it up.
      if (isUse && ++uses === 1)
        void other.ledger.append(ADA, {
          type: "approval-revoked",
          run,
          step,
          data: { approval: id, reason: "a mistake" },
        });
      return append(by, event, options);
    },
  });
  const ended = await runtime.answerApproval(id, YES, ADA);
  expect(ended).toMatchObject({ status: "FAILED", failure: { code: "DENIED" } });
  expect(runtime.approval(id).state).toBe("revoked");
  expect([...runtime.ledger.entries({ run, types: ["step-intended"] })]).toEqual([]);
  expect(existsSync(join(site.workspace, "a.txt"))).toBe(false);
  expect(uses).toBe(1);
  expect(await runtime.recover()).toEqual([]);
  expect(verifyIn(site.path).ok).toBe(true);
});

test("two processes that answer in the same instant: one answer counts, and the run goes on", async () => {
  using site = handshakeSite();
  await using other = await site.open(ADA);
  await using runtime = await site.open();
  await enforce(runtime, { policies: asking() });
  const { run } = await runtime.run("io.fs.write_file", WRITE);
  const { id, step } = waiting(runtime, run);
  // In one turn, so that both have looked before either has answered; the other one is first in the ledger.
  const data = { approval: id, decision: "rejected", reason: "no" } as const;
  const answers = await Promise.allSettled([
    other.ledger.append(ADA, { type: "approval-decided", run, step, data }),
    runtime.answerApproval(id, YES, ADA),
  ]);
  expect(answers).toMatchObject([
    { status: "fulfilled" },
    { status: "rejected", reason: { code: "STATE_CONFLICT" } },
  ]);
  await runtime.recover();
  expect(runtime.show(run)).toMatchObject({ status: "FAILED", failure: { code: "DENIED" } });
  expect(existsSync(join(site.workspace, "a.txt"))).toBe(false);
  expect(verifyIn(site.path).ok).toBe(true);
});
