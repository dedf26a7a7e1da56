import { join } from "node:path";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { verifies } from "../../../test/requirements.ts";
import { RISKS, SIDE_EFFECTS, UNDO_KINDS } from "../../contract/capability.ts";
import { digestOf } from "../../contract/digest.ts";
import { engineOf } from "./cedar.ts";
import { openEvaluations } from "./evaluations.ts";
import { evaluate } from "./evaluate.ts";
import { readPolicyDirectory } from "./policy-files.ts";
import { project, type RequestValues } from "./policy-request.ts";
import { joinPaths, partsOf } from "./referred-paths.ts";

verifies("governance:constitution");

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../../../assets/policies"));
const NO_CACHE = { get: () => undefined, set: () => {} };

const some = (values: readonly string[]) => fc.subarray([...values]);

/** The other request, made equal to the given one in all that the policies look at. */
function takeOver(other: RequestValues, given: RequestValues, paths: readonly string[]): RequestValues {
  const changed: Record<string, RequestValues[string]> = { ...other };
  for (const [path, value] of Object.entries(project(given, paths))) {
    const { attribute, members } = partsOf(path);
    const present = changed[attribute];
    changed[attribute] =
      members === undefined || typeof present !== "object" || typeof value !== "object"
        ? value
        : [...present.filter((each) => !members.has(each)), ...value];
  }
  return changed;
}

test("of a set, only the members count that policies look for", () => {
  const { policies } = SHIPPED;
  const [own, any] = [
    `forbid (principal, action, resource) when { context.paths.contains("a") };`,
    `forbid (principal, action, resource) when { context.hosts.containsAny(["b", "a"]) && context.paths != ["a"] };`,
  ].map((policy, index) => {
    const set = { ...SHIPPED, policies: { ...policies, own: `@id("own${index}") ${policy}` } };
    return engineOf(digestOf(set), set).facts.get("own")?.paths;
  });
  expect(own).toEqual(['context.paths["a"]']);
  expect(any).toEqual(['context.hosts["a","b"]', "context.paths"]);
  expect(joinPaths(['context.paths["b","c"]', 'context.paths["a","c"]', "action", "action"])).toEqual([
    "action",
    'context.paths["a","b","c"]',
  ]);
  expect(joinPaths(['context.paths["b"]', "context.paths"])).toEqual(["context.paths"]);
  const values = { "context.paths": ["a", "c"], "context.hosts": ["c"] };
  expect(project(values, ['context.paths["a"]', 'context.hosts["a","b"]'])).toEqual({
    'context.paths["a"]': ["a"],
    'context.hosts["a","b"]': [],
  });
});

test("what a policy does not look at cannot change its answer", () => {
  const values = fc.record({
    principal: fc.constantFrom("ann", "claude"),
    "principal.human": fc.constantFrom("ann", "bob"),
    "principal.agent": fc.constantFrom("", "claude"),
    "principal.session": fc.constantFrom("s", "t"),
    "principal.service": fc.constantFrom("cli", "mcp"),
    "principal.scopes": some(["local", "run"]),
    "principal.roles": some(["admin"]),
    action: fc.constantFrom("run", "compensate"),
    resource: fc.constantFrom("a.b", "c.d"),
    "resource.id": fc.constantFrom("a.b", "c.d"),
    "resource.version": fc.constant("1.0.0"),
    "resource.operation": fc.constantFrom("READ", "WRITE"),
    "resource.risk": fc.constantFrom(...RISKS),
    "resource.risk_level": fc.integer({ min: 1, max: 4 }),
    "resource.undo": fc.constantFrom(...UNDO_KINDS),
    "resource.effects": some(SIDE_EFFECTS),
    "resource.hosts": some(["a.example"]),
    "resource.requires_approval": fc.boolean(),
    "resource.idempotent": fc.boolean(),
    "context.mode": fc.constantFrom("strict", "lenient"),
    "context.panic": fc.boolean(),
    "context.workspace": fc.constantFrom("/a", "/b"),
    "context.paths": some(["a", "b"]),
    "context.hosts": some(["a.example"]),
    "context.protected": some(["git", "env"]),
    "context.labels": some(["untrusted", "secret"]),
    "context.session_labels": some(["untrusted", "secret"]),
    "context.conflicts": some(["x"]),
    "context.session_actions": some(["a.b"]),
    "context.actions": fc.nat(3),
    "context.over_budget": some(["b"]),
  });
  const own = {
    ...SHIPPED,
    policies: {
      ...SHIPPED.policies,
      odd: '@id("odd") forbid (principal, action, resource) when { (if context.panic then principal else principal).human == "bob" && [resource.id].contains("a.b") && context has actions && {a: context.actions}.a > 1 };',
      members:
        '@id("members") forbid (principal, action, resource) when { context.paths.contains("a") && context.hosts.containsAny(["a.example", "b.example"]) && !context.session_actions.containsAll(["a.b"]) };',
      named: '@id("named") forbid (principal == Principal::"claude", action, resource == Capability::"c.d");',
    },
  };
  for (const policies of [SHIPPED, own]) {
    const digest = digestOf(policies);
    const paths = openEvaluations(NO_CACHE).pathsOf(digest, policies);
    fc.assert(
      fc.property(values, values, (one, other) => {
        const given = one as RequestValues;
        const changed = takeOver(other, given, paths);
        const engine = engineOf(digest, policies);
        expect(evaluate(engine, changed)).toEqual(evaluate(engine, given));
      }),
      { numRuns: 300 },
    );
  }
});
