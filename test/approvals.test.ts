import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";

import { defineCapability, type Principal, type Runtime } from "../src/index.ts";
import { openApprovals } from "../src/workflow/view-approvals.ts";
import { openGovernance } from "../src/governance/governance.ts";
import { openSite, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:semantics");

const APPROVED = { decision: "approved", reason: "looked" } as const;

const sent: string[] = [];
const send = defineCapability({
  id: "test.send",
  version: "1.0.0",
  description: "Sends something that nobody can take back.",
  input: z.strictObject({ to: z.string() }),
  output: z.strictObject({}),
  risk: { level: "CRITICAL", justification: "it cannot be undone" },
  sideEffects: ["state_mutation"],
  undo: { kind: "irreversible" },
  run: (_, { to }) => {
    sent.push(to);
    return Promise.resolve({});
  },
});

const human = (name: string, agent = ""): Principal => ({
  human: name,
  agent,
  session: "s",
  service: "embed",
  scopes: [],
});

const gate = (name: string, more: object = {}) => ({ name, step_type: "HUMAN_APPROVAL", ...more });
const both = { name: "both", step_type: "PARALLEL", steps: [gate("left"), gate("right")] };

function questions(runtime: Runtime, run: string): string[] {
  return openApprovals(runtime, run).map(({ data }) => data.text);
}

test.for([
  [{ approve: true, reason: "" }, 'decision must be "approved" or "rejected" (got undefined).'],
  [{ decision: "APPROVED", reason: "" }, 'decision must be "approved" or "rejected" (got "APPROVED").'],
  [{ decision: "approved" }, "reason must be a text (got undefined)."],
])("what is no verdict is no yes: %j", async ([verdict, message]) => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([gate("gate")]));
  const [asked] = openApprovals(runtime, run);
  const wrong = { code: "INPUT_INVALID", message };
  await expect(runtime.decide(run, verdict as typeof APPROVED)).rejects.toMatchObject(wrong);
  await expect(
    runtime.answerApproval(asked?.data.approval ?? "", verdict as typeof APPROVED),
  ).rejects.toMatchObject(wrong);
  expect(runtime.show(run).status).toBe("PAUSED");
});

describe("a call that cannot be undone", () => {
  const step = { name: "mail", capability_name: "test.send", inputs: { to: "ada" } };

  test("waits, and runs once it is approved, under that very approval", async () => {
    using site = openSite();
    await using runtime = await site.open({ capabilities: [send] });
    sent.length = 0;
    const { run, status } = await runtime.run(site.flow([step]));
    expect(status).toBe("PAUSED");
    expect(sent).toEqual([]);
    expect(await runtime.decide(run, APPROVED)).toMatchObject({ status: "COMPLETED" });
    expect(sent).toEqual(["ada"]);
    const [asked] = runtime.ledger.entries({ run, types: ["approval-requested"] });
    const [intended] = runtime.ledger.entries({ run, types: ["step-intended"] });
    expect(asked?.data).toMatchObject({ approvers: [] });
    expect(intended?.data.approval).toBe(asked?.data.approval);
  });

  test("is not asked about again when the workspace is opened anew, and the answer may be repeated", async () => {
    using site = openSite();
    const flow = site.flow([step, gate("after")]);
    sent.length = 0;
    await using first = await site.open({ capabilities: [send] });
    const { run } = await first.run(flow);
    expect(await first.decide(run, APPROVED, "mail")).toMatchObject({ status: "PAUSED" });
    await first.close();
    await using second = await site.open({ capabilities: [send] });
    expect(await second.decide(run, APPROVED, "mail")).toMatchObject({ status: "PAUSED" });
    expect(await second.decide(run, APPROVED, "after")).toMatchObject({ status: "COMPLETED" });
    expect(sent).toEqual(["ada"]);
    await expect(second.decide(run, { decision: "rejected", reason: "no" }, "mail")).rejects.toMatchObject({
      code: "STATE_CONFLICT",
      message: `Run ${run} is COMPLETED and waits for no approval of the step "mail".`,
    });
  });

  test("asks whom its step names, and an agent is refused by name", async () => {
    using site = openSite();
    const config = { approvers: ["ada", "bob"], timeout_seconds: 60 };
    const flow = site.flow([{ ...step, approval_config: config }]);
    await using asker = await site.open({ capabilities: [send], principal: human("bob", "bot") });
    const { run } = await asker.run(flow);
    const [asked] = openApprovals(asker, run);
    expect(asked?.data).toMatchObject({ approvers: ["ada", "bob"], expiresAt: expect.any(String) as string });
    await expect(asker.decide(run, APPROVED)).rejects.toMatchObject({
      code: "DENIED",
      message: "bot (for bob) may not decide: an agent or a service confirms nothing, a person does.",
    });
    const ada = { name: "ada", person: "ada", roles: ["approver"] } as const;
    await openGovernance(asker.homeLedger).register(human("bob"), ada);
    await asker.close();
    await using approver = await site.open({ capabilities: [send], principal: human("ada") });
    expect(await approver.decide(run, APPROVED)).toMatchObject({ status: "COMPLETED" });
  });
});

test("an answer that comes too late is a rejection", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(
    site.flow([write("one", "a", "1"), gate("ask", { approval_config: { timeout_seconds: 60 } })]),
  );
  vi.setSystemTime(Date.now() + 61_000);
  expect(await runtime.decide(run, APPROVED)).toMatchObject({
    status: "ROLLED_BACK",
    failure: { code: "DENIED", message: 'The approval of the step "ask" was expired: looked' },
  });
  expect(snapshot(site.workspace)).toEqual([]);
});

test.for([
  [
    "its message, with the other inputs below it",
    { inputs: { message: "Go?\n", by: "{{ run_id }}" } },
    /^Go\?\\u\{a\}\n {2}by = "[0-9a-f-]+"$/,
  ],
  [
    "without a message its description",
    { description: "Shall we?", inputs: { n: 1 } },
    /^Shall we\?\n {2}n = 1$/,
  ],
  ["without either its name", { inputs: { message: 7 } }, /^Approve step "ask"\?$/],
] as const)("the question of a HUMAN_APPROVAL is %s", async ([, more, text]) => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([gate("ask", more)]));
  expect(questions(runtime, run)).toEqual([expect.stringMatching(text)]);
});

test("where several wait, the step has to be named, and one answer leaves the other open", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([both]));
  await expect(runtime.decide(run, APPROVED)).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: `Run ${run} waits for several approvals: both/left, both/right. Name the step.`,
  });
  expect(await runtime.decide(run, APPROVED, "both/left")).toMatchObject({ status: "PAUSED" });
  expect(openApprovals(runtime, run).map(({ step }) => step)).toEqual(["both/right"]);
  expect(await runtime.decide(run, APPROVED)).toMatchObject({ status: "COMPLETED" });
});

test("a rejection closes the questions that are still open", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const { run } = await runtime.run(site.flow([write("one", "a", "1"), both]));
  const view = await runtime.decide(run, { decision: "rejected", reason: "no" }, "both/left");
  expect(view).toMatchObject({ status: "ROLLED_BACK", failure: { code: "DENIED" } });
  expect(openApprovals(runtime, run)).toEqual([]);
});
