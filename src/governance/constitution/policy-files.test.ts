import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { specOf } from "../../../test/capability-spec.ts";
import { verifies } from "../../../test/requirements.ts";
import { scratch } from "../../../test/scratch.ts";
import type { Risk } from "../../contract/capability.ts";
import { readPolicyDirectory, readPolicySet } from "./policy-files.ts";
import { PolicyCases, runCase } from "./policy-cases.ts";

verifies("governance:constitution");

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../../../assets/policies"));

let directory: ReturnType<typeof scratch>;
beforeEach(() => {
  directory = scratch();
});
afterEach(() => directory[Symbol.dispose]());

function read(name: string, text: string) {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return readPolicySet(path, SHIPPED);
}

type Call = {
  agent?: string;
  human?: string;
  id?: string;
  risk?: Risk;
  effects?: string[];
};

function outcomeOf(
  set: ReturnType<typeof read>,
  { agent = "", human = "ann", id = "io.fs.read", risk = "LOW" }: Call,
) {
  const [given] = PolicyCases.parse({
    cases: [{ name: "n", capability: id, principal: { agent, human }, expect: "allow" }],
  }).cases;
  if (given === undefined) throw new Error("no case");
  const capability = specOf({ id, risk: { level: risk, justification: "t", requires_approval: false } });
  return runCase(set, capability, given, "/w").outcome;
}

describe("a policy set in a file", () => {
  test("a .cedar file has its policies by their ids", () => {
    const set = read("Mine only.cedar", '@id("all") permit (principal, action, resource);');
    expect(set).toMatchObject({ name: "mine-only", mode: "strict", schema: SHIPPED.schema });
    expect(outcomeOf(set, {})).toBe("allow");
  });

  test.for<[string, string, string]>([
    ["no id", "permit (principal, action, resource);", "has no @id"],
    [
      "one id twice",
      '@id("a") permit (principal, action, resource);\n@id("a") forbid (principal, action, resource);',
      'the id "a"',
    ],
    ["a syntax error", '@id("a") permit (principal, action, resource', "unexpected end"],
    [
      "an attribute that does not exist",
      '@id("a") permit (principal, action, resource) when { resource.riks == "LOW" };',
      "a: ",
    ],
    [
      "a comparison of two types",
      '@id("a") permit (principal, action, resource) when { resource.risk == 3 };',
      "a: ",
    ],
    [
      "an obligation that does not exist",
      '@id("a") @modify("frobnicate") permit (principal, action, resource);',
      '@modify("frobnicate") is not known',
    ],
    [
      "a template",
      '@id("a") permit (principal == ?principal, action, resource);',
      "templates are not supported",
    ],
  ])("is refused where it has %s", ([, text, message]) => {
    expect(() => read("p.cedar", text)).toThrow(message);
  });

  test("two files of a directory cannot have the same id", () => {
    const path = join(directory.path, "set");
    mkdirSync(path);
    writeFileSync(join(path, "schema.cedarschema"), SHIPPED.schema);
    writeFileSync(join(path, "constitution.yaml"), "name: mine\nversion: 1.0.0\n");
    const policy = '@id("a") permit (principal, action, resource);';
    for (const name of ["a.cedar", "b.cedar"]) writeFileSync(join(path, name), policy);
    expect(() => readPolicySet(path, SHIPPED)).toThrow('two policies have the id "a"');
  });
});

describe("the older policy", () => {
  const V1 = `
default: DENY
rules:
  - {principal: "agent:scout", capabilities: ["io.fs.*", "*.http.get"], action: ALLOW}
  - {principal: "user:*", capabilities: ["io.fs.delete"], action: REQUIRE_APPROVAL}
  - {principal: "user:*", capabilities: ["*"], action: ALLOW}
`;
  const V2 = `
version: 2
rules:
  - {when: {capability: io.fs.read, risk_level: LOW}, principal: "*", decision: ALLOW}
  - {when: {risk_level: [HIGH, CRITICAL]}, decision: DENY}
`;
  const CONSTITUTION = `
mode: lenient
rules:
  - {id: No Exec, principals: ["agent:*"], side_effects_any: [read_only], action: DENY, reason: not here}
  - {id: all, action: ALLOW}
`;
  test.for<[string, string, Call, string]>([
    ["v1: what is listed", V1, { agent: "scout" }, "allow"],
    ["v1: by its ending", V1, { agent: "scout", id: "net.http.get" }, "allow"],
    ["v1: what no rule matches", V1, { agent: "scout", id: "net.http.post" }, "deny"],
    ["v1: another agent", V1, { agent: "scout2" }, "deny"],
    ["v1: the first that matches", V1, { id: "io.fs.delete" }, "step_up"],
    ["v1: HIGH turns ALLOW into a question", V1, { risk: "HIGH" }, "step_up"],
    ["v2: allowed", V2, {}, "allow"],
    ["v2: denied", V2, { risk: "HIGH" }, "deny"],
    ["v2: default", V2, { id: "a.b" }, "deny"],
    ["constitution: refused", CONSTITUTION, { agent: "x" }, "deny"],
    ["constitution: allowed", CONSTITUTION, {}, "allow"],
  ])("%s", ([, text, call, outcome]) => {
    expect(outcomeOf(read("older.yaml", text), call)).toBe(outcome);
  });

  test("keeps its mode, its ids and its reasons, and the package's forbids", () => {
    const set = read("older.yaml", CONSTITUTION);
    expect(set.mode).toBe("lenient");
    expect(Object.keys(set.policies)).toEqual(
      expect.arrayContaining(["older.1.no-exec", "path.git", "flow.secret-egress"]),
    );
    expect(set.policies["older.1.no-exec"]).toContain("not here");
    expect(set.policies["local.allow"]).toBeUndefined();
  });

  test("no name in it becomes Cedar", () => {
    const hostile = '"; permit (principal, action, resource) when { "" == "\\\n';
    const text = JSON.stringify({
      rules: [{ principal: hostile, capabilities: [hostile], action: "ALLOW", reason: hostile }],
    });
    expect(outcomeOf(read("older.json", text), {})).toBe("deny");
  });

  test("of any rules the first that matches counts", () => {
    const rule = fc.record({
      principal: fc.constantFrom("agent:a", "agent:*", "user:*", "user:ann", "*"),
      capabilities: fc.subarray(["x.a", "x.*", "*.b", "*"], { minLength: 1 }),
      action: fc.constantFrom("ALLOW", "DENY", "REQUIRE_APPROVAL"),
    });
    const call = fc.record({
      agent: fc.constantFrom("", "a", "b"),
      human: fc.constantFrom("ann", "bob"),
      id: fc.constantFrom("x.a", "x.b", "y.b", "y.c"),
      risk: fc.constantFrom("LOW", "HIGH"),
    } as const);
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.array(call, { minLength: 1, maxLength: 3 }),
        (rules, calls) => {
          const set = read("older.json", JSON.stringify({ rules }));
          for (const each of calls) expect(outcomeOf(set, each)).toBe(firstMatch(rules, each));
        },
      ),
      { numRuns: 40 },
    );
  });
});

type Rule = { readonly principal: string; readonly capabilities: readonly string[]; readonly action: string };

function firstMatch(rules: readonly Rule[], { agent = "", human = "", id = "", risk }: Call): string {
  const isWho = (principal: string) => {
    const [kind, name = ""] = principal.split(":");
    if (kind === "agent") return agent !== "" && like(name, agent);
    return principal === "*" || (agent === "" && like(name, human));
  };
  const found = rules.find(
    ({ principal, capabilities }) => isWho(principal) && capabilities.some((pattern) => like(pattern, id)),
  );
  if (found === undefined || found.action === "DENY") return "deny";
  return found.action === "ALLOW" && risk !== "HIGH" ? "allow" : "step_up";
}

function like(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(text);
}
