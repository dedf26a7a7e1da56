import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Entry } from "../src/contract/entry.ts";
import type { PolicySet } from "../src/contract/policy-set.ts";
import { openPolicies, recordedPolicy } from "../src/governance/constitution/activation.ts";
import { comparePolicies } from "../src/governance/constitution/policy-diff.ts";
import { readPolicyDirectory } from "../src/governance/constitution/policy-files.ts";
import { type ReplayOptions, replayDecisions } from "../src/governance/constitution/replay.ts";
import { openGovernance } from "../src/governance/governance.ts";
import { INSTALLATION } from "../src/governance/shipped.ts";
import type { Principal, Runtime, RuntimeOptions } from "../src/index.ts";
import { openIn } from "./installation.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { sendingCapability } from "./sending.ts";
import { snapshot } from "./snapshot.ts";

verifies("governance:constitution", "governance:replay");

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../assets/policies"));

const { send, sent } = sendingCapability();

async function site(directory: string, options: RuntimeOptions = {}): Promise<Runtime> {
  sent.length = 0;
  return openIn(directory, { capabilities: [send], ...options });
}

/** As an approved proposal would: the installation may bring a set into force. */
async function enforce({ homeLedger }: Runtime, set: PolicySet): Promise<void> {
  const policySet = homeLedger.record(INSTALLATION, "policy", set);
  await homeLedger.append(INSTALLATION, { type: "policy-changed", data: { policySet, reason: "test" } });
}

function replayed(runtime: Runtime, more: Partial<ReplayOptions> = {}) {
  return replayDecisions({
    ledger: runtime.ledger,
    policySet: (digest) => recordedPolicy(runtime.homeLedger, digest),
    workspace: runtime.workspace,
    ruleRoots: [],
    ...more,
  });
}

const write = (path: string) => ({ inputs: { path, content: "x", create_dirs: true } });

describe("a run", () => {
  test("is refused by a forbid: nothing happens, and the ledger has the rule and the policy set", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    const before = snapshot(runtime.workspace);
    const { run, status, failure } = await runtime.run("io.fs.write_file", write(".git/hooks/pre-commit"));
    expect([status, failure?.code]).toEqual(["FAILED", "CONSTITUTION_VIOLATION"]);
    expect(snapshot(runtime.workspace)).toEqual(before);
    const [withheld] = runtime.ledger.entries({ run, types: ["step-withheld"] });
    expect(withheld?.data).toMatchObject({ outcome: "deny", rules: ["path.git"] });
    const receipt = runtime.ledger.object(withheld?.data.receipt ?? "");
    expect(receipt).toMatchObject({ policySet: expect.stringMatching(/^[0-9a-f]{64}$/), roles: ["admin"] });
    expect([...runtime.ledger.entries({ run, types: ["step-intended", "effect-intended"] })]).toEqual([]);
    expect(replayed(runtime)).toMatchObject({ ok: true, decisions: 1, equal: 1 });
  });

  test("that reads a secret cannot post it, in this run or the next", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    expect(await runtime.run("test.send", { inputs: { text: "hello" } })).toMatchObject({
      status: "COMPLETED",
    });
    await runtime.run("io.fs.write_file", write("deploy/server.pem"));
    await runtime.run("io.fs.copy", { inputs: { source: "deploy/server.pem", destination: "plain.txt" } });
    const { status, failure } = await runtime.run("test.send", { inputs: { text: "key" } });
    expect([status, failure?.message]).toEqual(["FAILED", expect.stringContaining("has read secret data")]);
    expect(sent).toEqual([{ text: "hello" }]);
    await runtime.ledger.flush();
    expect(replayed(runtime)).toMatchObject({ ok: true, decisions: 4 });
  });

  test("gets other inputs where the permit obliges, and what ran is what is recorded", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    await enforce(runtime, {
      ...SHIPPED,
      policies: { p: '@modify("drop:cc") permit (principal, action, resource);' },
    });
    const { run } = await runtime.run("test.send", { inputs: { text: "x", cc: "eve" } });
    expect(sent).toEqual([{ text: "x" }]);
    const [intended] = runtime.ledger.entries({ run, types: ["step-intended"] });
    expect(intended?.data).toMatchObject({ inputs: { text: "x" }, rules: ["p"] });
    expect(runtime.ledger.object(intended?.data.receipt ?? "")).toMatchObject({
      outcome: "modify",
      obligations: ["drop:cc"],
    });
    expect(replayed(runtime).ok).toBe(true);
  });

  test("is deferred, keeps who it belongs to, and goes on when it was resolved in time", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    const policies = {
      p: "permit (principal, action, resource);",
      d: '@defer("look") forbid (principal, action, resource) unless { context.confirmed };',
    };
    await enforce(runtime, { ...SHIPPED, policies });
    const { run, status } = await runtime.run("test.send", { inputs: { text: "x" } });
    expect([status, sent]).toEqual(["PAUSED", []]);
    const [asked] = runtime.ledger.entries({ run, types: ["approval-requested"] });
    expect(asked?.data.expiresAt).toBeDefined();
    expect(await runtime.decide(run, { decision: "approved", reason: "seen" })).toMatchObject({
      status: "COMPLETED",
    });
    const [withheld] = runtime.ledger.entries({ run, types: ["step-withheld"] });
    const [intended] = runtime.ledger.entries({ run, types: ["step-intended"] });
    expect([withheld?.data.outcome, withheld?.by]).toEqual(["defer", intended?.by]);
    expect(replayed(runtime)).toMatchObject({ ok: true, decisions: 2 });
  });

  test("whose deferral nobody resolves in time is denied", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    const policies = {
      p: "permit (principal, action, resource);",
      d: '@defer("look") forbid (principal, action, resource) unless { context.confirmed };',
    };
    await enforce(runtime, { ...SHIPPED, policies, defer_seconds: 0.001 });
    const { run } = await runtime.run("test.send", { inputs: { text: "x" } });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await runtime.decide(run, { decision: "approved", reason: "too late" })).toMatchObject({
      status: "FAILED",
      failure: { code: "DENIED" },
    });
    const { run: other } = await runtime.run("test.send", { inputs: { text: "y" } });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await runtime.recover()).toMatchObject([
      {
        run: other,
        status: "FAILED",
        failure: { code: "DENIED", message: expect.stringContaining("expired") },
      },
    ]);
    expect(sent).toEqual([]);
  });

  test("is not allowed where deciding fails", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path, {
      decide: () => {
        throw new Error("the engine is down");
      },
    });
    const { run, failure } = await runtime.run("test.send", { inputs: { text: "x" } });
    expect([failure?.code, sent]).toEqual(["DENIED", []]);
    const [withheld] = runtime.ledger.entries({ run, types: ["step-withheld"] });
    expect(withheld?.data).toMatchObject({ outcome: "deny", rules: ["error.deny"] });
  });
});

const person = (human: string, agent = ""): Principal => ({
  human,
  agent,
  session: "s",
  service: "cli",
  scopes: ["local"],
});

type Change = (entry: Entry) => Entry;

const intent =
  (edit: (data: Record<string, unknown>) => Record<string, unknown>): Change =>
  (entry) =>
    entry.type === "step-intended" ? ({ ...entry, data: edit(entry.data) } as Entry) : entry;

describe("a policy set of one's own", () => {
  const OWN: PolicySet = {
    ...SHIPPED,
    name: "own",
    policies: { no: "forbid (principal, action, resource);" },
  };

  test("decides once it was proposed, approved by somebody else, and activated", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path, { principal: person("root") });
    const chain = openGovernance(runtime.homeLedger);
    const policies = openPolicies(runtime.homeLedger, chain.state);
    const data = { name: "bob", person: "bob", roles: ["approver" as const] };
    await runtime.homeLedger.append(INSTALLATION, { type: "principal-registered", data });
    const { id, content } = await chain.propose(person("root"), {
      subject: { kind: "policy", name: "own", version: "1.0.0" },
      source: "internal",
      risk: "HIGH",
      content: OWN,
      locks: [],
      workflows: [],
      justification: "Nothing may run.",
    });
    const activate = (by: Principal) => policies.activate(by, content, "go");
    await expect(activate(person("root"))).rejects.toThrow("was never approved");
    await chain.decide(person("bob"), id, "approved", "fine");
    for (const by of [person("bob"), person("root", "claude"), person("eve")])
      await expect(activate(by)).rejects.toThrow("does not have the role admin");
    // Written past the rules it counts for nothing.
    const forged = { policySet: content, proposal: id, reason: "mine" };
    await runtime.homeLedger.append(person("eve"), { type: "policy-changed", data: forged });
    expect(await runtime.run("io.fs.exists", { inputs: { path: "a" } })).toMatchObject({
      status: "COMPLETED",
    });
    await activate(person("root"));
    expect(policies.inForce().set.name).toBe("own");
    const { failure } = await runtime.run("io.fs.exists", { inputs: { path: "a" } });
    expect(failure).toMatchObject({ code: "CONSTITUTION_VIOLATION", details: { rules: ["no"] } });
    const compared = comparePolicies(SHIPPED, OWN, {
      ledger: runtime.ledger,
      workspace: runtime.workspace,
      ruleRoots: [],
    });
    expect(compared.differences.map(({ before, after }) => [before.outcome, after.outcome])).toEqual([
      ["allow", "deny"],
      ["allow", "deny"],
    ]);
    expect(replayed(runtime)).toMatchObject({ ok: true, decisions: 2 });
  });
});

describe("a replay finds", () => {
  const changed = (runtime: Runtime, change: Change): ReplayOptions["ledger"] => ({
    object: (digest) => runtime.ledger.object(digest),
    entry: (seq) => runtime.ledger.entry(seq),
    entries: ((filter) =>
      [...runtime.ledger.entries(filter)].map(change).values()) as Runtime["ledger"]["entries"],
  });
  test.for<[string, string, Change]>([
    ["another argument", "argument", intent((data) => ({ ...data, inputs: { path: "other" } }))],
    ["another rule", "decision", intent((data) => ({ ...data, rules: ["mine"] }))],
    ["another contract", "argument", intent((data) => ({ ...data, spec: "0".repeat(64) }))],
    ["another receipt", "decision", intent((data) => ({ ...data, receipt: data["spec"] }))],
    [
      "what was not read",
      "argument",
      (entry) => (entry.type === "data-read" ? { ...entry, data: { ...entry.data, labels: [] } } : entry),
    ],
  ])("%s", async ([, kind, change]) => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    await runtime.run("io.fs.write_file", write(".pgpass"));
    await runtime.run("io.fs.read_file", { inputs: { path: ".pgpass" } });
    await runtime.run("io.fs.exists", { inputs: { path: "a" } });
    await runtime.ledger.flush();
    expect(replayed(runtime)).toMatchObject({ ok: true, decisions: 3 });
    const report = replayed(runtime, { ledger: changed(runtime, change) });
    expect(report.ok).toBe(false);
    expect(report.findings[0]?.kind).toBe(kind);
  });

  test("another policy set, and one that is gone", async () => {
    using directory = scratch();
    await using runtime = await site(directory.path);
    await runtime.run("io.fs.exists", { inputs: { path: "a" } });
    const stricter = { ...SHIPPED, policies: { no: "forbid (principal, action, resource);" } };
    expect(replayed(runtime, { policySet: () => stricter }).findings[0]?.kind).toBe("policy");
    const gone = { object: () => undefined };
    const policySet = (digest: string) => recordedPolicy(gone, `${digest.slice(1)}0`);
    expect(replayed(runtime, { policySet }).findings[0]?.kind).toBe("policy");
  });
});
