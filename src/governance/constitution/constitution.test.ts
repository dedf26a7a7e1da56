import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { specOf } from "../../../test/capability-spec.ts";
import { openTestLedger, runStarted, stepIntended } from "../../../test/ledger-fixture.ts";
import { verifies } from "../../../test/requirements.ts";
import { scratch } from "../../../test/scratch.ts";
import type { CapabilitySpec } from "../../contract/capability.ts";
import type { Decision, DecisionRequest } from "../../contract/decide.ts";
import { digestOf } from "../../contract/digest.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import type { LedgerFile } from "../../ledger/open-ledger.ts";
import { type Constitution, openConstitution } from "./constitution.ts";
import { openEvaluations } from "./evaluations.ts";
import { type DecisionCache, openDecisionCache } from "./decision-cache.ts";
import { readPolicyDirectory } from "./policy-files.ts";

verifies("governance:constitution");

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../../../assets/policies"));
const NO_CACHE: DecisionCache = { get: () => undefined, set: () => {} };
const WORKSPACE = "/somewhere/else";

let directory: ReturnType<typeof scratch>;
let ledger: LedgerFile;
let set: PolicySet;
let nowMs: number;

beforeEach(() => {
  directory = scratch();
  ({ ledger } = openTestLedger(directory.path));
  set = SHIPPED;
  nowMs = Date.now();
});
afterEach(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

function open(cache = NO_CACHE, over = ledger): Constitution {
  return openConstitution({
    ledger: over,
    policy: () => ({ digest: digestOf(set), set }),
    rolesOf: ({ human }) => (human === "ann" ? ["operator"] : []),
    isPanic: ({ run }) => run === "panicking",
    evaluations: openEvaluations(cache),
    ruleRoots: ["/somewhere/else/rules"],
    now: () => nowMs,
  });
}

const risk = (level: CapabilitySpec["risk"]["level"], requires_approval = false) => ({
  risk: { level, justification: "test", requires_approval },
});

const who = (human: string, more: Partial<Principal> = {}): Principal => ({
  human,
  agent: "",
  session: "s",
  service: "cli",
  scopes: [],
  ...more,
});

function about(spec: Partial<CapabilitySpec>, more: Partial<DecisionRequest> = {}): DecisionRequest {
  return {
    run: "r",
    step: "s",
    role: "step",
    capability: specOf({ ...risk("LOW"), ...spec }),
    specHash: "",
    inputs: {},
    principal: who("ann"),
    workspace: WORKSPACE,
    prefix: [],
    ...more,
  };
}

const withPolicies = (policies: Record<string, string>, more: Partial<PolicySet> = {}): PolicySet => ({
  ...SHIPPED,
  ...more,
  policies,
});
const PERMIT = "permit (principal, action, resource);";
const writes = (inputs: Record<string, unknown>) =>
  about({ side_effects: ["filesystem_write"], undo: { kind: "reversible" } }, { inputs });
const fetches = () => about({ side_effects: ["network_read"] });

async function begin(run: string, step: string, spec: CapabilitySpec): Promise<void> {
  const intent = stepIntended(run, step);
  const reference = ledger.record(who("ann"), "capability", spec);
  await ledger.append(who("ann"), {
    ...intent,
    data: { ...intent.data, capability: spec.id, spec: reference },
  });
}

function swapKeys(text: string): string {
  const lines = text.split("\n").filter((line) => line.includes("outcome"));
  const [one = "", other = ""] = lines;
  return [one.slice(0, 64) + other.slice(64), other.slice(0, 64) + one.slice(64)].join("\n");
}

const post = (more: Partial<DecisionRequest> = {}) =>
  about({ ...risk("HIGH"), side_effects: ["network_write"], undo: { kind: "compensable" } }, more);

describe("the shipped policy set", () => {
  test.for<[string, DecisionRequest, Decision["outcome"], string]>([
    ["what reads", about(risk("LOW")), "allow", "local.allow"],
    [
      "what can be compensated",
      about({ ...risk("HIGH"), undo: { kind: "compensable" } }),
      "allow",
      "local.allow",
    ],
    ["what cannot be undone", about({ undo: { kind: "irreversible" } }), "step_up", "ask.irreversible"],
    ["what is critical", about(risk("CRITICAL")), "step_up", "ask.critical"],
    ["what wants to be asked about", about(risk("LOW", true)), "step_up", "ask.contract"],
    ["a git hook", writes({ path: ".git/hooks/pre-commit" }), "deny", "path.git"],
    ["a git directory below", writes({ path: "a/.GIT/config" }), "deny", "path.git"],
    ["secrets", writes({ path: "./x/.env.production" }), "deny", "path.env"],
    ["the rules", writes({ path: "rules/new.cedar" }), "deny", "path.policy"],
    [
      "the rules, from the run's directory",
      { ...writes({ path: "new.cedar" }), prefix: ["rules"] },
      "deny",
      "path.policy",
    ],
    [
      "a git hook, from its directory",
      { ...writes({ path: "hooks/pre-commit" }), prefix: [".git"] },
      "deny",
      "path.git",
    ],
    ["what the rules lie in", writes({ path: "." }), "deny", "path.policy"],
    ["the runtime's own directory", writes({ path: ".ai-first/ledger.db" }), "deny", "path.policy"],
    ["a name that only looks like it", writes({ path: "environment/.gitignore" }), "allow", "local.allow"],
    ["two paths", writes({ path: "a", file_path: "b" }), "defer", "flow.ambiguous"],
    ["anything in a panic", about({}, { run: "panicking" }), "deny", "panic.raised"],
    [
      "a compensation in a panic",
      about({}, { run: "panicking", role: "compensation" }),
      "allow",
      "local.allow",
    ],
    [
      "somebody from elsewhere",
      about({}, { principal: who("eve", { service: "mcp" }) }),
      "deny",
      "default.deny",
    ],
    [
      "somebody with the scope",
      about({}, { principal: who("eve", { service: "mcp", scopes: ["local"] }) }),
      "allow",
      "local.allow",
    ],
  ])("%s", async ([, request, outcome, rule]) => {
    const decision = await open().decide(request);
    expect(decision).toMatchObject({ outcome, rules: expect.arrayContaining([rule]) });
    expect(decision.receipt).toMatchObject({
      policySet: digestOf(SHIPPED),
      outcome,
      roles: expect.anything(),
    });
  });
});

describe("what a session has read", () => {
  test("a secret and then the network: refused, in another run and another process too, until the session is old", async () => {
    const constitution = open();
    expect(await constitution.decide(post())).toMatchObject({ outcome: "allow" });
    constitution.observe(about({}, { run: "r1" }), ["deploy/.env"]);
    expect(await constitution.decide(post({ run: "r2" }))).toMatchObject({
      outcome: "deny",
      rules: ["flow.secret-egress"],
    });
    await ledger.flush();
    expect(await open().decide(post({ run: "r3" }))).toMatchObject({ outcome: "deny" });
    const other = who("ann", { session: "another" });
    expect(await open().decide(post({ principal: other }))).toMatchObject({ outcome: "allow" });
    nowMs += 25 * 3_600_000;
    expect(await constitution.decide(post())).toMatchObject({ outcome: "allow" });
  });

  test("what another process read counts at once", async () => {
    const constitution = open();
    await constitution.decide(post());
    const { ledger: same } = openTestLedger(directory.path, { processId: "other" });
    open(NO_CACHE, same).observe(about({}), ["id_ed25519"]);
    await same.close();
    expect(await constitution.decide(post())).toMatchObject({ outcome: "deny" });
  });

  test.for<[string, Partial<CapabilitySpec>, string[], string[]]>([
    ["a declared class", { data_classes: ["personal"] }, ["a.txt"], ["personal"]],
    [
      "a marked output",
      { outputs: { type: "object", properties: { key: { "x-sensitive": true } } } },
      [],
      ["secret"],
    ],
    ["the network", { side_effects: ["network_read"] }, [], ["untrusted"]],
    ["a key file", {}, ["x/server.pem"], ["secret"]],
    ["a directory of secrets", {}, ["home/.ssh/config"], ["secret"]],
    ["an example of secrets", {}, [".env.example", "tokenizer.ts", "secretary.txt"], []],
  ])("%s", async ([, spec, paths, labels]) => {
    open().observe(about(spec), paths);
    await ledger.flush();
    const entries = [...ledger.entries({ types: ["data-read"], ofLedger: true })];
    expect(entries.flatMap(({ data }) => data.labels)).toEqual(labels);
  });

  test("the same again is no entry again", async () => {
    const constitution = open();
    for (let i = 0; i < 3; i++) constitution.observe(fetches(), []);
    await ledger.flush();
    expect([...ledger.entries({ types: ["data-read"] })]).toHaveLength(1);
  });

  test("untrusted data and then HIGH risk: refused where strict, asked where lenient", async () => {
    open().observe(fetches(), []);
    await ledger.flush();
    expect(await open().decide(about(risk("HIGH")))).toMatchObject({
      outcome: "deny",
      rules: ["flow.untrusted-high"],
    });
    expect(await open().decide(about(risk("HIGH"), { run: "another" }))).toMatchObject({ outcome: "allow" });
    expect(await open().decide(about(risk("HIGH"), { role: "compensation" }))).toMatchObject({
      outcome: "allow",
    });
    set = { ...SHIPPED, mode: "lenient" };
    expect(await open().decide(about(risk("HIGH")))).toMatchObject({ outcome: "step_up" });
  });

  test("a class that contradicts another is deferred", async () => {
    open().observe(about({ data_classes: ["public", "secret"] }), []);
    await ledger.flush();
    expect(await open().decide(about({}))).toMatchObject({ outcome: "defer", timeoutSeconds: 3600 });
  });
});

describe("budgets and history", () => {
  test("what is spent is counted from the ledger, and what was only just allowed too", async () => {
    set = { ...SHIPPED, budgets: { actions_per_session: 3 } };
    await ledger.append(who("ann"), runStarted("r"));
    await begin("r", "one", specOf({}));
    const constitution = open();
    for (const step of ["two", "three"])
      expect(await constitution.decide(about({}, { step }))).toMatchObject({ outcome: "allow" });
    await begin("r", "two", specOf({}));
    expect(await constitution.decide(about({}, { step: "four" }))).toMatchObject({
      outcome: "deny",
      rules: ["budget.exhausted"],
    });
    expect(await constitution.decide(about({}, { principal: who("bob") }))).toMatchObject({
      outcome: "allow",
    });
  });

  test("a policy sees all earlier actions of the session", async () => {
    set = withPolicies({
      p: PERMIT,
      order: 'forbid (principal, action, resource) when { context.session_actions.contains("io.fs.read") };',
    });
    await ledger.append(who("ann"), runStarted("r"));
    expect(await open().decide(about({}))).toMatchObject({ outcome: "allow" });
    await begin("r", "one", specOf({ id: "io.fs.read" }));
    expect(await open().decide(about({}, { run: "later" }))).toMatchObject({
      outcome: "deny",
      rules: ["order"],
    });
  });
});

describe("how answers become a decision", () => {
  const ASK = "forbid (principal, action, resource) unless { context.confirmed };";
  test.for<[string, Record<string, string>, Pick<Decision, "outcome" | "rules">]>([
    ["nothing permits it", {}, { outcome: "deny", rules: ["default.deny"] }],
    ["a permit", { p: PERMIT }, { outcome: "allow", rules: ["p"] }],
    [
      "a forbid wins",
      { p: PERMIT, f: "forbid (principal, action, resource);" },
      { outcome: "deny", rules: ["f"] },
    ],
    ["a forbid until somebody confirms", { p: PERMIT, a: ASK }, { outcome: "step_up", rules: ["a"] }],
    [
      "a permit only for what is confirmed",
      { p: "permit (principal, action, resource) when { context.confirmed };" },
      { outcome: "step_up", rules: ["default.deny"] },
    ],
    ["a forbid that defers", { p: PERMIT, d: `@defer("look")${ASK}` }, { outcome: "defer", rules: ["d"] }],
    [
      "deferred and refused",
      { p: PERMIT, d: `@defer("look")${ASK}`, f: "forbid (principal, action, resource);" },
      { outcome: "deny", rules: ["f"] },
    ],
    // Cedar itself would skip the forbid that fails.
    [
      "a forbid that fails",
      {
        p: PERMIT,
        f: "forbid (principal, action, resource) when { 9223372036854775807 + resource.risk_level > 0 };",
      },
      { outcome: "deny", rules: ["error.deny"] },
    ],
  ])("%s", async ([, policies, expected]) => {
    set = withPolicies(policies);
    const { outcome, rules } = await open().decide(about({}));
    expect({ outcome, rules }).toEqual(expected);
  });

  test.for<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["redact_headers", { headers: { Authorization: "x", Accept: "y" } }, { headers: { Accept: "y" } }],
    ["drop:cc", { cc: "eve", to: "bob" }, { to: "bob" }],
    ["limit:n:5, drop:cc", { n: 9, cc: 1 }, { n: 5 }],
  ])("a permit that obliges: %s", async ([modify, inputs, expected]) => {
    set = withPolicies({ p: `@modify("${modify}")${PERMIT}` });
    const decision = await open().decide(about({}, { inputs }));
    expect(decision).toMatchObject({ outcome: "modify", rules: ["p"], inputs: expected });
    expect(Object.keys(decision.inputs ?? {})).toEqual(Object.keys(expected));
  });
});

describe("the cache", () => {
  const request = about({ undo: { kind: "irreversible" } });

  test("answers without Cedar, and not for another policy set", async () => {
    const decision = await open(openDecisionCache(directory.path)).decide(request);
    const counted = openDecisionCache(directory.path);
    const asked: string[] = [];
    const again = open({ get: counted.get, set: (key) => void asked.push(key) });
    expect(await again.decide(request)).toEqual(decision);
    expect(asked).toEqual([]);
    set = { ...SHIPPED, name: "other" };
    expect(await again.decide(request)).toMatchObject({ outcome: "step_up" });
    expect(asked).toHaveLength(2);
  });

  test.for<[string, (text: string) => string]>([
    ["a changed answer", (text) => text.replaceAll('"step_up"', '"allow"')],
    ["an answer of another home", (text) => text.replaceAll(/(?<=^\w{64} )\w{64}/gm, "0".repeat(64))],
    ["an answer to another question", (text) => swapKeys(text)],
    ["rubbish", () => "rubbish\n\0\n{}"],
  ])("believes no line that this home did not write: %s", async ([, forge]) => {
    await open(openDecisionCache(directory.path)).decide(request);
    await open(openDecisionCache(directory.path)).decide(about({}));
    const path = join(directory.path, "cache", "decisions");
    const before = readFileSync(path, "utf8");
    writeFileSync(path, forge(before));
    expect(readFileSync(path, "utf8")).not.toBe(before);
    expect(await open(openDecisionCache(directory.path)).decide(request)).toMatchObject({
      outcome: "step_up",
    });
  });
});
