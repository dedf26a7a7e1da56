import { userInfo } from "node:os";

import { expect, test } from "vitest";

import { foldGovernance, type GovernanceEntry } from "../src/governance/fold.ts";
import { EMPTY, isExpired } from "../src/governance/state.ts";
import { runFake } from "./cli/run-fake.ts";
import { openIn } from "./installation.ts";
import { plant } from "./planted-ledger.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("aegis:memory", "governance:chain");

test("a suggestion is proposed once, approved by somebody, and changes nothing", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  {
    await using runtime = await openIn(directory.path);
    const steps = [{ capability: "sys.info.get_time", fails: "always" as const }];
    plant(
      runtime.ledger.database,
      Array.from({ length: 40 }, (_, index) => ({ workflow: `w${index}`, steps })),
    );
  }
  const suggested = await runFake(["memory", "suggest", "--json"], cli);
  expect(JSON.parse(suggested.stdout)).toMatchObject([
    { kind: "FIX", rule: "reliability", subject: { name: "sys.info.get_time" }, status: null },
  ]);
  // An agent proposes, so that the person at this machine may approve.
  const asAgent = { ...cli, env: { AI_FIRST_AGENT: "claude" } };
  const proposed = await runFake(["memory", "propose", "--json"], asAgent);
  const [{ proposal }] = JSON.parse(proposed.stdout) as [{ proposal: string }];
  expect(JSON.parse((await runFake(["memory", "propose", "--json"], asAgent)).stdout)).toEqual([]);
  expect((await runFake(["approve", proposal], asAgent)).exitCode).toBe(11);
  const approved = await runFake(["approve", proposal], cli);
  expect(approved).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("now:  Correct the handler"),
  });
  const shown = await runFake(["proposal", "show", proposal, "--json"], cli);
  expect(JSON.parse(shown.stdout)).toMatchObject({ status: "APPROVED", source: "skill_memory" });
  const after = await runFake(["memory", "suggest", "--json"], cli);
  expect(JSON.parse(after.stdout)).toMatchObject([{ kind: "FIX", status: "APPROVED" }]);
  expect((await runFake(["run", "sys.info.get_time"], cli)).exitCode).toBe(0);
});

test("a suggestion that nobody decided about in a month is decided by nobody", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const { username } = userInfo();
  const principal = { human: username, agent: "", session: "s", service: "cli", scopes: ["local"] };
  const agent = { ...principal, agent: "claude" };
  const authors: Readonly<Record<string, typeof principal>> = { principal, agent };
  const submitted = {
    proposal: "prop-1",
    subject: { kind: "suggestion" as const, name: "FIX reliability a.b", version: "1.0.0" },
    source: "skill_memory" as const,
    risk: "LOW" as const,
    content: "c".repeat(64),
    locks: [],
    workflows: [],
    justification: "",
  };
  const statusWhen = (decidedAt: string): string | undefined => {
    const entries = [
      { seq: 1, at, by: "agent", type: "proposal-submitted", data: submitted },
      {
        seq: 2,
        at: decidedAt,
        by: "principal",
        type: "proposal-decided",
        data: { proposal: "prop-1", decision: "rejected", binds: "", reason: "no" },
      },
    ] as const;
    const registered = { name: username, person: username, roles: ["admin" as const] };
    const before = { ...EMPTY, principals: new Map([[username, registered]]) };
    const state = foldGovernance(
      entries as readonly GovernanceEntry[],
      (by) => authors[by] ?? principal,
      () => 1,
      before,
    );
    return state.proposals.get("prop-1")?.status;
  };
  expect(statusWhen("2026-01-30T00:00:00.000Z")).toBe("REJECTED");
  expect(statusWhen("2026-02-01T00:00:00.000Z")).toBe("PENDING_REVIEW");
  const pending = { subject: submitted.subject, at, status: "PENDING_REVIEW" as const };
  expect(isExpired(pending, Date.parse("2026-02-01T00:00:00.000Z"))).toBe(true);
  expect(
    isExpired({ ...pending, subject: { ...pending.subject, kind: "pack" } }, Date.parse("2027-01-01")),
  ).toBe(false);
});
