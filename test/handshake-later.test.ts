import { expect, test } from "vitest";

import { ADA, ask, asking, enforce, handshakeSite, sent, waiting, YES } from "./handshake-site.ts";
import { verifies } from "./requirements.ts";
import { workflow } from "./run-script.ts";

verifies("governance:handshake");

test("whoever said yes did not know of a panic that came later: it is asked again", async () => {
  using site = handshakeSite();
  await using runtime = await site.open(ADA);
  const { run, approval } = await ask(runtime, "high");
  await runtime.pause(run, "lunch");
  await runtime.answerApproval(approval.id, YES, ADA);
  expect(runtime.approval(approval.id).state).toBe("approved");
  const { panic } = await runtime.panic({ action: "FREEZE", scope: { kind: "all" }, reason: "odd" });
  await expect(runtime.resume(run, "go on")).rejects.toMatchObject({ code: "PANIC" });
  await runtime.liftPanic(panic.id, "it was nothing");
  expect(await runtime.resume(run, "go on")).toMatchObject({ status: "PAUSED" });
  expect(sent).toEqual([]);
  const again = waiting(runtime, run);
  expect(again.id).not.toBe(approval.id);
  expect(await runtime.answerApproval(again.id, YES, ADA)).toMatchObject({ status: "COMPLETED" });
  expect(sent).toEqual(["eve"]);
});

test("templates are resolved before anybody is asked: each round shows its own values, and an answer is for these", async () => {
  using site = handshakeSite();
  await using runtime = await site.open(ADA);
  await enforce(runtime, { policies: asking() });
  const each = { name: "each", foreach: "{{ names }}", as: "name", capability_name: "test.send_low" };
  const spec = workflow({
    initial_state: { names: [] },
    steps: [{ ...each, inputs: { to: "{{ name }}", note: "for {{ name }}" } }],
  });
  const { run, settled } = await runtime.start(
    { file: "a test", text: JSON.stringify(spec) },
    { inputs: { names: ["eve", "mallory"] } },
  );
  expect(await settled).toMatchObject({ status: "PAUSED" });
  const approvals = runtime.approvals(run);
  expect(approvals).toHaveLength(2);
  const [eve, mallory] = approvals;
  expect(eve?.text).toContain('to = "eve"');
  expect(mallory?.text).toContain('note = "for mallory"');
  expect(eve?.text).not.toContain("{{");
  expect(eve?.binds).not.toBe(mallory?.binds);
  await runtime.answerApproval(eve?.id ?? "", YES, ADA);
  await expect.poll(() => sent, { timeout: 30_000 }).toEqual(["eve"]);
  expect(runtime.approval(mallory?.id ?? "").state).toBe("open");
});
