import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test, vi } from "vitest";

import type { Principal } from "../src/index.ts";
import {
  ADA,
  ask,
  asking,
  BOT,
  enforce,
  type HandshakeSite,
  handshakeSite,
  NO,
  person,
  register,
  sender,
  sent,
  to,
  waiting,
  YES,
} from "./handshake-site.ts";
import { verifies } from "./requirements.ts";

verifies("governance:handshake");

/** A file of the workspace that is there before anything runs. */
function put({ workspace }: HandshakeSite, name: string, text: string): string {
  mkdirSync(workspace, { recursive: true });
  const file = join(workspace, name);
  writeFileSync(file, text);
  return file;
}

describe("who may answer", () => {
  test.for<[string, Principal]>([
    ["the agent that asks", BOT],
    ["the agent in another session", person("ada", "bot", "other")],
    ["another agent of an approver", person("bob", "helper")],
    ["a service without a person", person("")],
    ["somebody without a role", person("carol")],
    ["somebody whom the workflow names, without a role", person("eve")],
  ])("%s is refused, and nothing runs", async ([, who]) => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await register(runtime, "bob", ["approver"]);
    const flow = join(site.path, "flow.json");
    writeFileSync(
      flow,
      JSON.stringify({
        name: "flow",
        version: "1.0.0",
        description: "Names its own approvers, and calls itself harmless.",
        metadata: { owner: "test" },
        steps: [
          {
            name: "mail",
            capability_name: "test.send_high",
            risk_level: "LOW",
            approval_config: { approvers: ["eve", "ada", "bob", "carol", ""] },
            ...to("eve"),
          },
        ],
      }),
    );
    const { run } = await runtime.run(flow);
    const { id, terms } = waiting(runtime, run);
    expect(terms).toMatchObject({ risk: "HIGH", own: false, roles: [["approver"]] });
    await expect(runtime.answerApproval(id, YES, who)).rejects.toMatchObject({ code: "DENIED" });
    expect([runtime.approval(id).state, runtime.show(run).status, sent]).toEqual(["open", "PAUSED", []]);
    expect(await runtime.answerApproval(id, YES, person("bob"))).toMatchObject({ status: "COMPLETED" });
  });

  test("LOW and MEDIUM: the person in whose name it runs, without any role", async () => {
    using site = handshakeSite();
    await (await site.open(ADA)).close();
    await using runtime = await site.open(person("carol", "bot"));
    const { approval } = await ask(runtime, "medium");
    await expect(runtime.answerApproval(approval.id, YES, person("dave"))).rejects.toMatchObject({
      message: "dave may not decide about this: it is of MEDIUM risk and takes the role approver.",
    });
    expect(await runtime.answerApproval(approval.id, YES, person("carol"))).toMatchObject({
      status: "COMPLETED",
    });
  });

  test("CRITICAL: two persons; two accounts of one are one, and one no of anybody ends it", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await register(runtime, "ada2", ["approver"], "ada");
    await register(runtime, "bob", ["approver"]);
    const { run, approval } = await ask(runtime, "critical");
    expect(approval.text).toContain("It takes 2 different persons.");
    for (const who of ["ada", "ada2", "ada"])
      expect(await runtime.answerApproval(approval.id, YES, person(who))).toMatchObject({ status: "PAUSED" });
    expect(runtime.approval(approval.id).answers).toMatchObject([
      { by: { human: "ada" }, answer: "confirmed" },
    ]);
    expect(await runtime.answerApproval(approval.id, YES, person("bob"))).toMatchObject({
      status: "COMPLETED",
    });
    expect(sent).toEqual(["eve"]);

    const second = await ask(runtime, "critical");
    await runtime.answerApproval(second.approval.id, YES, ADA);
    expect(await runtime.answerApproval(second.approval.id, NO, person("bob"))).toMatchObject({
      status: "FAILED",
    });
    expect([...runtime.ledger.entries({ run, types: ["approval-confirmed"] })]).toHaveLength(2);
  });

  test("CRITICAL at once: two persons who say yes in the same moment are enough", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await register(runtime, "bob", ["approver"]);
    const { run, approval } = await ask(runtime, "critical");
    const answers = ["ada", "bob", "ada", "bob"].map((who) =>
      runtime.answerApproval(approval.id, YES, person(who)),
    );
    await Promise.allSettled(answers);
    await vi.waitFor(() => expect(runtime.show(run).status).toBe("COMPLETED"), { timeout: 30_000 });
    expect(sent).toEqual(["eve"]);
  });

  test.for([
    ["when-possible", "COMPLETED", "nobody else in this installation could confirm it"],
    ["strict", "PAUSED", "It takes 2 different persons."],
  ] as const)("CRITICAL where there is one person, four_eyes %s: %s", async ([four_eyes, status, text]) => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking(), four_eyes });
    const { approval } = await ask(runtime, "critical");
    expect(approval.text).toContain(text);
    expect(await runtime.answerApproval(approval.id, YES, ADA)).toMatchObject({ status });
  });

  test("what a policy says about roles and numbers takes the place of the usual", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await register(runtime, "bob", ["reviewer"]);
    await enforce(runtime, { policies: asking('@role("reviewer") @quorum("2") @expires("5")') });
    const { approval } = await ask(runtime, "low");
    expect(approval.terms).toEqual({ risk: "MEDIUM", own: false, roles: [["reviewer"]], quorum: 2 });
    expect(Date.parse(approval.expiresAt ?? "") - Date.parse(approval.requestedAt)).toBeLessThan(301_000);
    await runtime.answerApproval(approval.id, YES, person("bob"));
    expect(await runtime.answerApproval(approval.id, YES, ADA)).toMatchObject({ status: "COMPLETED" });
  });

  test("who lost the role before it is used has not approved it", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await register(runtime, "bob", ["approver"]);
    const { run, approval } = await ask(runtime, "high");
    await runtime.pause(run, "lunch");
    await runtime.answerApproval(approval.id, YES, person("bob"));
    await register(runtime, "bob", []);
    expect(await runtime.resume(run, "go on")).toMatchObject({ status: "PAUSED" });
    expect(sent).toEqual([]);
  });
});

describe("what was approved is what runs", () => {
  test("another run, other inputs, another principal are asked about themselves", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    const first = await ask(runtime, "high");
    const same = await ask(runtime, "high");
    const other = await ask(runtime, "high", "mallory");
    await runtime.answerApproval(first.approval.id, YES, ADA);
    expect(sent).toEqual(["eve"]);
    for (const { run, approval } of [same, other]) {
      expect([runtime.show(run).status, runtime.approval(approval.id).state]).toEqual(["PAUSED", "open"]);
      const [intended] = runtime.ledger.entries({ run: first.run, types: ["step-intended"] });
      if (intended === undefined) throw new Error("nothing ran");
      const { type, step, data } = intended;
      // Not even the ledger takes an approval for another run, or a second time.
      await expect(runtime.ledger.append(BOT, { type, run, step, data })).rejects.toMatchObject({
        code: "STATE_CONFLICT",
        message: expect.stringContaining(`has no approval ${first.approval.id} that can be used`) as string,
      });
    }
  });

  test("a file that was swapped since is asked about again, with what it would be now", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking() });
    const file = put(site, "a.txt", "old\n");
    const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "new\n" } });
    const first = waiting(runtime, run);
    expect(first.text).toContain("    -old\n    +new");
    writeFileSync(file, "worth keeping\n");
    expect(await runtime.answerApproval(first.id, YES, ADA)).toMatchObject({ status: "PAUSED" });
    expect(readFileSync(file, "utf8")).toBe("worth keeping\n");
    const second = waiting(runtime, run);
    expect([second.id === first.id, runtime.approval(first.id).state]).toEqual([false, "approved"]);
    expect(second.text).toContain("    -worth keeping\n    +new");
    expect(await runtime.answerApproval(second.id, YES, ADA)).toMatchObject({ status: "COMPLETED" });
    expect(readFileSync(file, "utf8")).toBe("new\n");
  });

  test.for<[string, string, Record<string, unknown>, string]>([
    ["append", "io.fs.append_file", { path: "a.txt", content: "more\n" }, "    +more"],
    ["patch", "io.fs.patch_file", { path: "a.txt", patch: "@@ -1 +1 @@\n-old\n+patched\n" }, "    +patched"],
    ["delete", "io.fs.delete", { path: "a.txt" }, "  - delete a.txt (4 → 0 bytes)"],
    ["move", "io.fs.move", { source: "a.txt", destination: "b.txt" }, "  + create b.txt (0 → 4 bytes)"],
    ["copy", "io.fs.copy", { source: "a.txt", destination: "b.txt" }, "    +old"],
    ["zip", "sys.archive.zip", { source_paths: ["a.txt"], output_path: "a.zip" }, "  + create a.zip"],
  ])("%s shows what it would do, and does that", async ([, capability, inputs, line]) => {
    using site = handshakeSite();
    await using runtime = await site.open();
    await enforce(runtime, { policies: asking() });
    put(site, "a.txt", "old\n");
    const { run, failure } = await runtime.run(capability, { inputs });
    expect(failure).toBeNull();
    const approval = waiting(runtime, run);
    expect(approval.text).toContain(line);
    expect(await runtime.answerApproval(approval.id, YES, ADA)).toMatchObject({ status: "COMPLETED" });
  });

  test("a contract that was edited since, and policies that changed since, are asked about again", async () => {
    using site = handshakeSite();
    const first = await site.open();
    const { run, approval } = await ask(first, "high");
    await first.pause(run, "lunch");
    await first.answerApproval(approval.id, YES, ADA);
    await first.close();
    const edited = [sender("HIGH", "Sends something else.")];
    await using second = await site.open(BOT, { capabilities: edited });
    expect(await second.resume(run, "go on")).toMatchObject({ status: "PAUSED" });
    const again = waiting(second, run);
    expect(again.text).toContain("Sends something else.");
    await second.pause(run, "lunch");
    await second.answerApproval(again.id, YES, ADA);
    await enforce(second, { policies: asking() });
    expect(await second.resume(run, "go on")).toMatchObject({ status: "PAUSED" });
    expect(sent).toEqual([]);
    expect(waiting(second, run).text).toContain("Asked because everything asks (ask).");
  });

  test("100 answers at once, and 100 uses at once, are one use", async () => {
    using site = handshakeSite();
    await using runtime = await site.open();
    const { run, approval } = await ask(runtime, "high");
    const answers = Array.from({ length: 100 }, () => runtime.answerApproval(approval.id, YES, ADA));
    await Promise.allSettled(answers);
    await vi.waitFor(() => expect(runtime.show(run).status).toBe("COMPLETED"), { timeout: 30_000 });
    const intents = [...runtime.ledger.entries({ run, types: ["step-intended"] })];
    expect([sent, intents.length]).toEqual([["eve"], 1]);
    const [intent] = intents;
    if (intent === undefined) return;
    const { type, step, data } = intent;
    const uses = Array.from({ length: 100 }, () => runtime.ledger.append(BOT, { type, run, step, data }));
    const outcomes = await Promise.allSettled(uses);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
  });
});
