import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";
import { z } from "zod";

import type { EventOf } from "../src/contract/entry.ts";
import type { PolicySet } from "../src/contract/policy-set.ts";
import { recordedPolicy } from "../src/governance/constitution/activation.ts";
import { PolicyCases, runCase } from "../src/governance/constitution/policy-cases.ts";
import { readPolicyDirectory } from "../src/governance/constitution/policy-files.ts";
import { openGovernance } from "../src/governance/governance.ts";
import { INSTALLATION } from "../src/governance/shipped.ts";
import { defineCapability, type Principal, type Runtime, type RuntimeOptions } from "../src/index.ts";
import { signCheckpoint } from "../src/ledger/checkpoint.ts";
import { exportOcsf } from "../src/ledger/export-ocsf.ts";
import { originOf } from "../src/ledger/note.ts";
import { proveEntry, verifyProof } from "../src/ledger/prove.ts";
import { AARM_TESTS } from "./aarm-table.ts";
import { specOf } from "./capability-spec.ts";
import { ledgerIn, openIn, verifyIn } from "./installation.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { sendingCapability } from "./sending.ts";

verifies("governance:aarm");

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../assets/policies"));
const ALLOW = "permit (principal, action, resource);";
const ASK = "forbid (principal, action, resource) unless { context.confirmed };";
const POLICIES = {
  allow: { p: ALLOW },
  deny: { p: ALLOW, no: "forbid (principal, action, resource);" },
  modify: { p: `@modify("drop:cc") ${ALLOW}` },
  step_up: { p: ALLOW, ask: ASK },
  defer: { p: ALLOW, later: `@defer("not clear") @reason("not clear") ${ASK}` },
} as const;

const { send, sent } = sendingCapability();
const sneak = defineCapability({
  id: "test.sneak",
  version: "1.0.0",
  description: "Says that it reads, and writes.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "test" },
  sideEffects: ["filesystem_read"],
  undo: { kind: "none" },
  run: async (ctx) => {
    await ctx.fs.write("b.txt", "x");
    return {};
  },
});
const MESSAGE = { inputs: { text: "x", cc: "eve" } };

type Site = { readonly runtime: Runtime; readonly path: string };

const who = (human: string, more: Partial<Principal> = {}): Principal => ({
  human,
  agent: "",
  session: "s",
  service: "cli",
  scopes: ["local"],
  ...more,
});

async function enforce(
  runtime: Runtime,
  policies: PolicySet["policies"],
  more: Partial<PolicySet> = {},
): Promise<void> {
  const policySet = runtime.homeLedger.record(INSTALLATION, "policy", { ...SHIPPED, ...more, policies });
  await runtime.homeLedger.append(INSTALLATION, {
    type: "policy-changed",
    data: { policySet, reason: "test" },
  });
}

function open(path: string, options: RuntimeOptions = {}): Promise<Runtime> {
  return openIn(path, { capabilities: [send, sneak], principal: who("ann"), ...options });
}

async function sendUnder(runtime: Runtime, policies: PolicySet["policies"], more: Partial<PolicySet> = {}) {
  sent.length = 0;
  await enforce(runtime, policies, more);
  return runtime.run("test.send", MESSAGE);
}

function decisionsOf(runtime: Runtime, run: string) {
  return [...runtime.ledger.entries({ run, types: ["step-withheld", "step-intended"] })].map((entry) => ({
    entry,
    receipt: runtime.ledger.object(entry.data.receipt ?? "") as Record<string, unknown>,
    principal: runtime.ledger.object(entry.by) as Principal,
  }));
}

const approve = { decision: "approved", reason: "seen" } as const;

const RUN: Readonly<Record<string, (site: Site) => Promise<void>>> = {
  "R1.1": async ({ runtime }) => {
    const { run, status } = await sendUnder(runtime, POLICIES.deny);
    expect([status, sent]).toEqual(["FAILED", []]);
    expect(decisionsOf(runtime, run)).toMatchObject([{ receipt: { outcome: "deny", rules: ["no"] } }]);
  },
  "R1.2": async ({ runtime }) => {
    const { run, status } = await sendUnder(runtime, POLICIES.defer);
    expect([status, sent]).toEqual(["PAUSED", []]);
    expect(decisionsOf(runtime, run)).toMatchObject([{ receipt: { outcome: "defer", reason: "not clear" } }]);
  },
  "R1.3": async ({ path }) => {
    sent.length = 0;
    await using broken = await open(path, { decide: () => Promise.reject(new Error("down")) });
    const { run, status } = await broken.run("test.send", MESSAGE);
    expect([status, sent]).toEqual(["FAILED", []]);
    expect(decisionsOf(broken, run)).toMatchObject([{ entry: { data: { outcome: "deny" } } }]);
  },
  "R2.1": async ({ runtime }) => {
    await runtime.run("io.fs.write_file", { inputs: { path: "a.pem", content: "x" } });
    await runtime.run("io.fs.read_file", { inputs: { path: "a.pem" } });
    const seen = [
      'context.session_actions.containsAll(["io.fs.write_file", "io.fs.read_file"])',
      'context.session_labels.contains("secret")',
      "context.actions == 2",
    ];
    const { run } = await sendUnder(runtime, {
      p: `permit (principal, action, resource) when { ${seen.join(" && ")} };`,
    });
    expect(sent).toHaveLength(1);
    expect(decisionsOf(runtime, run)).toMatchObject([{ receipt: { values: { "context.actions": 2 } } }]);
  },
  "R2.2": async ({ runtime, path }) => {
    await runtime.run("io.fs.write_file", { inputs: { path: "a.pem", content: "x" } });
    await runtime.run("io.fs.read_file", { inputs: { path: "a.pem" } });
    await runtime.close();
    expect(verifyIn(path).ok).toBe(true);
    const db = new DatabaseSync(ledgerIn(path));
    db.exec("DROP TRIGGER entries_never_change");
    db.exec(`UPDATE entries SET entry = replace(entry, '"secret"', '"public"') WHERE type = 'data-read'`);
    db.close();
    expect(verifyIn(path).ok).toBe(false);
  },
  "R3.1": async () => {
    const contexts = [
      {},
      { labels: ["secret"] },
      { roles: ["admin"] },
      { session_actions: ["a.b"] },
      { panic: true },
    ];
    const set = { ...SHIPPED, policies: POLICIES.deny };
    const { cases } = PolicyCases.parse({
      cases: contexts.map((each) => ({ name: "n", capability: "a.b", expect: "deny", ...each })),
    });
    for (const each of cases) expect(runCase(set, specOf({ id: "a.b" }), each, "/w").outcome).toBe("deny");
  },
  "R3.2": async ({ runtime }) => {
    await sendUnder(runtime, SHIPPED.policies);
    expect(sent).toHaveLength(1);
    await runtime.run("io.fs.write_file", { inputs: { path: "a.pem", content: "x" } });
    await runtime.run("io.fs.read_file", { inputs: { path: "a.pem" } });
    const { failure } = await sendUnder(runtime, SHIPPED.policies);
    expect([sent, failure?.code]).toEqual([[], "CONSTITUTION_VIOLATION"]);
  },
  "R3.3": async ({ runtime }) => {
    const checked =
      'forbid (principal, action, resource == Capability::"test.send") unless { context.session_actions.contains("io.fs.exists") };';
    expect(await sendUnder(runtime, { p: ALLOW, checked })).toMatchObject({ status: "FAILED" });
    await runtime.run("io.fs.exists", { inputs: { path: "a" } });
    expect(await sendUnder(runtime, { p: ALLOW, checked })).toMatchObject({ status: "COMPLETED" });
  },
  "R3.4": async ({ runtime }) => {
    const inputs = { path: "a", file_path: "b", content: "x" };
    const { run, status } = await runtime.run("io.fs.write_file", { inputs });
    expect(status).toBe("PAUSED");
    expect(decisionsOf(runtime, run)).toMatchObject([
      { receipt: { outcome: "defer", rules: ["flow.ambiguous"] } },
    ]);
  },
  "R4.1": async ({ runtime }) => {
    const outcomes: unknown[] = [];
    for (const policies of Object.values(POLICIES)) {
      const { status } = await sendUnder(runtime, policies);
      outcomes.push([status, structuredClone(sent)]);
    }
    expect(outcomes).toEqual([
      ["COMPLETED", [{ text: "x", cc: "eve" }]],
      ["FAILED", []],
      ["COMPLETED", [{ text: "x" }]],
      ["PAUSED", []],
      ["PAUSED", []],
    ]);
  },
  "R4.2": async ({ runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.step_up, { step_up_seconds: 0.001 });
    await sleep(5);
    expect(await runtime.decide(run, approve)).toMatchObject({
      status: "FAILED",
      failure: { code: "DENIED" },
    });
    expect(sent).toEqual([]);
  },
  "R4.3": async ({ runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.defer, { defer_seconds: 0.001 });
    await sleep(5);
    expect(await runtime.decide(run, approve)).toMatchObject({
      status: "FAILED",
      failure: { code: "DENIED" },
    });
    expect(sent).toEqual([]);
  },
  "R5.1": async ({ path }) => {
    await using runtime = await open(path, { principal: who("ann", { agent: "scout", session: "s7" }) });
    for (const [outcome, policies] of Object.entries(POLICIES)) {
      const { run } = await sendUnder(runtime, policies);
      const [decided] = decisionsOf(runtime, run);
      expect(decided?.principal).toEqual(who("ann", { agent: "scout", session: "s7" }));
      expect(decided?.receipt["outcome"]).toBe(outcome);
      const set = recordedPolicy(runtime.homeLedger, String(decided?.receipt["policySet"]));
      expect([set.version, set.policies]).toEqual([SHIPPED.version, policies]);
    }
  },
  "R5.2": async ({ runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.deny);
    const { proofs, publicKey } = await proofsOf(runtime, run);
    for (const proof of proofs) expect(verifyProof(proof, publicKey).entry.seq).toBe(proof.entry.seq);
  },
  "R5.3": async ({ runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.deny);
    const { proofs, publicKey } = await proofsOf(runtime, run);
    for (const proof of proofs) {
      const text = JSON.stringify(proof.entry);
      for (const changed of [
        text.replace(/"by":"./, '"by":"_'),
        text.replace(/[0-9a-f]{64}/, "0".repeat(64)),
      ]) {
        expect(changed).not.toBe(text);
        const forged = { ...proof, entry: JSON.parse(changed) as typeof proof.entry };
        expect(() => verifyProof(forged, publicKey)).toThrow("is not in the tree");
      }
    }
  },
  "R5.4": async ({ runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.defer);
    await runtime.decide(run, approve);
    const [withheld] = runtime.ledger.entries({ run, types: ["step-withheld"] });
    const [resolved] = runtime.ledger.entries({ run, types: ["approval-decided"] });
    expect(withheld?.data).toMatchObject({ outcome: "defer", reason: "not clear" });
    expect(resolved?.data).toMatchObject({ decision: "approved", reason: "seen" });
    expect(Date.parse(resolved?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(withheld?.at ?? ""));
    expect(runtime.ledger.object(resolved?.by ?? "")).toEqual(who("ann"));
  },
  "R6.1": async ({ path, runtime }) => {
    const principals = [
      who("root"),
      who("bob", { session: "other", scopes: ["local", "read"] }),
      who("bob", { agent: "scout" }),
    ];
    await runtime.homeLedger.append(INSTALLATION, {
      type: "principal-registered",
      data: { name: "bob", person: "bob", roles: ["operator"] },
    });
    const roles: unknown[] = [];
    for (const principal of principals) {
      await using theirs = await open(path, { principal });
      const { run } = await theirs.run("io.fs.exists", { inputs: { path: "a" } });
      const [decided] = decisionsOf(theirs, run);
      expect(decided?.principal).toEqual(principal);
      roles.push(decided?.receipt["roles"]);
    }
    expect(roles).toEqual([[], ["operator"], []]);
  },
  "R6.2": async ({ path, runtime }) => {
    const { run } = await sendUnder(runtime, POLICIES.defer);
    const bob = { name: "bob", person: "bob", roles: ["approver"] } as const;
    await openGovernance(runtime.homeLedger).register(who("ann"), bob);
    await runtime.close();
    await using other = await open(path, { principal: who("bob") });
    await other.decide(run, approve);
    expect(decisionsOf(other, run).map(({ principal }) => principal.human)).toEqual(["ann", "ann"]);
    const [resolved] = other.ledger.entries({ run, types: ["approval-decided"] });
    expect(other.ledger.object(resolved?.by ?? "")).toEqual(who("bob"));
  },
  "R7.1": async ({ runtime }) => {
    const drift =
      "forbid (principal, action, resource) when { context.actions >= 3 } unless { context.confirmed };";
    const statuses: unknown[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await sendUnder(runtime, { p: ALLOW, drift })).status);
    expect(statuses).toEqual(["COMPLETED", "COMPLETED", "COMPLETED", "PAUSED"]);
  },
  "R8.1": async ({ runtime }) => {
    for (const policies of Object.values(POLICIES)) await sendUnder(runtime, policies);
    const events = [...exportOcsf(runtime.ledger)].map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ class_uid, status }) => [class_uid, status])).toEqual(
      expect.arrayContaining([
        [6003, "Success"],
        [6003, "Denied"],
        [6003, "Deferred"],
        [6003, "Step-up"],
      ]),
    );
  },
  "R9.1": async ({ runtime }) => {
    const { failure } = await runtime.run("test.sneak");
    expect(failure?.code).toBe("EFFECT_UNDECLARED");
    expect(() => readFileSync(join(runtime.workspace, "b.txt"))).toThrow("ENOENT");
  },
};

async function proofsOf(runtime: Runtime, run: string) {
  const { ledger, keys } = runtime;
  await signCheckpoint(ledger, keys);
  const [withheld] = ledger.entries({ run, types: ["step-withheld"] });
  const isReceipt = ({ data }: { data: EventOf<"object-recorded">["data"] }) =>
    data.digest === withheld?.data.receipt;
  const recorded = [...ledger.entries({ types: ["object-recorded"] })].find(isReceipt);
  const proofs = [withheld, recorded].map((entry) => proveEntry(ledger, entry?.seq ?? 0));
  return { proofs, publicKey: keys.signer(originOf(ledger.id)).verifier };
}

test("every test of the table is run", () => {
  expect(Object.keys(RUN).sort()).toEqual(AARM_TESTS.map(({ id }) => id).sort());
  expect(AARM_TESTS).toHaveLength(21);
});

test.for(AARM_TESTS)("$id $level: $done → $seen", async ({ id }) => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  await RUN[id]?.({ runtime, path: directory.path });
});
