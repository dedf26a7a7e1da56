import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { COMMANDS } from "../src/cli/commands.ts";
import type { CommandSpec } from "../src/cli/command-spec.ts";
import {
  ADA,
  ask,
  asking,
  BOT,
  enforce,
  handshakeSite,
  NO,
  person,
  sent,
  to,
  waiting,
  YES,
} from "./handshake-site.ts";
import { flowOf } from "./flow.ts";
import { verifies } from "./requirements.ts";
import { homeIn } from "./home.ts";

verifies("governance:handshake");

function fakeTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => void vi.setSystemTime(Date.now() + ms);
}

const each = (level: string, names: readonly string[]) =>
  names.map((name, index) => ({
    name: `s${index}`,
    capability_name: `test.send_${level}`,
    ...to("eve", { note: name }),
  }));

describe("an approval ends", () => {
  test("where it was not used before it expires: it is asked for again", async () => {
    const pass = fakeTime();
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking(), approval_minutes: 10 });
    const { run, approval } = await ask(runtime, "high");
    await runtime.pause(run, "lunch");
    await runtime.answerApproval(approval.id, YES, ADA);
    pass(11 * 60_000);
    expect(await runtime.resume(run, "go on")).toMatchObject({ status: "PAUSED" });
    expect([runtime.approval(approval.id).state, sent]).toEqual(["expired", []]);
  });

  test("always: unanswered it is denied after a day, unless the constitution says otherwise", async () => {
    const pass = fakeTime();
    using site = handshakeSite();
    await using runtime = await site.open();
    const { run } = await ask(runtime, "high");
    pass(86_400_000 - 60_000);
    expect(await runtime.recover()).toEqual([]);
    pass(120_000);
    expect(await runtime.recover()).toMatchObject([{ run, status: "FAILED", failure: { code: "DENIED" } }]);
    expect(sent).toEqual([]);
  });

  test("where it is revoked, whether it was answered or not", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    const open = await ask(runtime, "high");
    expect(await runtime.revokeApproval(open.approval.id, "a mistake", ADA)).toMatchObject({
      status: "FAILED",
      failure: { code: "DENIED", message: expect.stringContaining("was revoked: a mistake") as string },
    });
    // Once more changes nothing.
    expect(await runtime.revokeApproval(open.approval.id, "again", ADA)).toMatchObject({ status: "FAILED" });
    const granted = await ask(runtime, "high");
    await runtime.pause(granted.run, "lunch");
    await runtime.answerApproval(granted.approval.id, YES, ADA);
    await expect(runtime.revokeApproval(granted.approval.id, "x", BOT)).rejects.toMatchObject({
      code: "DENIED",
    });
    await runtime.revokeApproval(granted.approval.id, "a mistake", ADA);
    await expect(runtime.resume(granted.run, "go on")).resolves.toMatchObject({ status: "FAILED" });
    expect([runtime.approval(granted.approval.id).state, sent]).toEqual(["revoked", []]);
  });

  test("where it was used: nothing is left to revoke or to answer", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    const { approval } = await ask(runtime, "high");
    await runtime.answerApproval(approval.id, YES, ADA);
    expect(runtime.approval(approval.id).state).toBe("used");
    for (const late of [
      () => runtime.revokeApproval(approval.id, "x", ADA),
      () => runtime.answerApproval(approval.id, NO, ADA),
    ])
      await expect(late()).rejects.toMatchObject({ code: "STATE_CONFLICT" });
    expect(await runtime.answerApproval(approval.id, YES, ADA)).toMatchObject({ status: "COMPLETED" });
    expect(sent).toEqual(["eve"]);
  });

  test("where the run goes on without it", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    const { run, approval } = await ask(runtime, "high");
    await runtime.cancel(run, "enough", true);
    expect([runtime.approval(approval.id).state, runtime.approvals()]).toEqual(["closed", []]);
    await expect(runtime.answerApproval(approval.id, YES, ADA)).rejects.toMatchObject({
      code: "STATE_CONFLICT",
    });
  });
});

describe("too many questions", () => {
  test("are denied without a prompt, whatever the session and the agent call themselves", async () => {
    const pass = fakeTime();
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking(), asks: { most: 3, minutes: 10 } });
    const flood = Array.from({ length: 20 }, () => runtime.run("test.send_low", to("eve")));
    const views = await Promise.all(flood);
    expect(views.filter(({ status }) => status === "PAUSED")).toHaveLength(3);
    const failure = {
      code: "APPROVAL_LIMIT",
      message: "ada was asked 3 times in 10 minutes; at most 3 are allowed.",
    };
    expect(views.filter(({ status }) => status === "FAILED")).toMatchObject(
      Array.from({ length: 17 }, () => ({ failure })),
    );
    await using renamed = await site.open(person("ada", "bot-2", "fresh"));
    expect(await renamed.run("test.send_low", to("eve"))).toMatchObject({ status: "FAILED", failure });
    expect([runtime.approvals().length, sent]).toEqual([3, []]);
    pass(11 * 60_000);
    expect(await renamed.run("test.send_low", to("eve"))).toMatchObject({ status: "PAUSED" });
  });

  test.for([
    ["identical", "low", '@batch("60")', ["x", "x"], 1],
    ["but one named field", "low", '@batch("note:60")', ["x", "y"], 1],
    ["in another field", "low", '@batch("to:60")', ["x", "y"], 2],
    ["HIGH", "high", '@batch("60")', ["x", "x"], 2],
    ["without a rule", "low", "", ["x", "x"], 2],
  ] as const)(
    "one answer covers calls that are alike by explicit rule only: %s",
    async ([, level, rule, notes, asks]) => {
      using site = handshakeSite();
      await using runtime = await site.open();
      await enforce(runtime, { policies: asking(rule) });
      const flow = join(site.path, "flow.json");
      const head = { name: "flow", version: "1.0.0", description: "Twice.", metadata: { owner: "test" } };
      writeFileSync(flow, JSON.stringify({ ...head, steps: each(level, notes) }));
      let view = await runtime.run(flow);
      let answers = 0;
      for (; view.status === "PAUSED"; answers++)
        view = await runtime.answerApproval(waiting(runtime, view.run).id, YES, ADA);
      expect([view.status, answers, sent.length]).toEqual(["COMPLETED", asks, 2]);
    },
  );

  test("one answer covers what is alike and was asked at the same time, and a no covers itself alone", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking('@batch("60")') });
    const flow = join(site.path, "flow.json");
    const steps = [{ name: "all", step_type: "PARALLEL", steps: each("low", ["x", "x", "y", "y"]) }];
    writeFileSync(flow, JSON.stringify(flowOf(steps, { enable_auto_rollback: false })));
    const { run } = await runtime.run(flow);
    const open = () => runtime.approvals(run).map(({ step }) => step);
    const answer = (step: string, verdict: typeof YES | typeof NO) => {
      const asked = runtime.approvals(run).find((one) => one.step === step);
      return runtime.answerApproval(asked?.id ?? "", verdict, ADA);
    };
    expect(open()).toEqual(["all/s0", "all/s1", "all/s2", "all/s3"]);
    await answer("all/s1", YES);
    expect([open(), sent.length]).toEqual([["all/s2", "all/s3"], 2]);
    expect(await answer("all/s3", NO)).toMatchObject({ status: "FAILED", failure: { code: "DENIED" } });
    expect(sent).toHaveLength(2);
  });
});

test("nothing confirms by itself: no option and no variable of the environment does", async () => {
  const flagsOf = (spec: CommandSpec): string[] => [
    ...(spec.options ?? []).map(({ flags }) => flags),
    ...("commands" in spec ? spec.commands.flatMap(flagsOf) : []),
  ];
  const acting = COMMANDS.filter(({ name }) => !["keys", "audit"].includes(name)).flatMap(flagsOf);
  expect(acting.filter((flags) => /yes|auto|assume|confirm|unattended|trust/i.test(flags))).toEqual([]);
  const names = [
    "AUTO_CONFIRM",
    "AI_FIRST_AUTO_CONFIRM",
    "AI_FIRST_AUTO_APPROVE",
    "AI_FIRST_YES",
    "ASSUME_YES",
    "CI",
  ];
  using site = handshakeSite();
  const env = {
    AI_FIRST_HOME: homeIn(site.path),
    ...Object.fromEntries(names.map((name) => [name, "1"])),
  };
  await using runtime = await site.open(BOT, { env });
  const { run, status } = await runtime.run("test.send_low", to("eve"));
  expect([status, sent]).toEqual(["PAUSED", []]);
  for (const fields of [{ risk: "LOW" }, { confirmed: true }, { approval: waiting(runtime, run).id }])
    await expect(runtime.run("test.send_low", to("eve", fields))).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  expect(existsSync(site.workspace)).toBe(true);
});
