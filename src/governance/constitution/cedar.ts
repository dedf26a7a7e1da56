import { createRequire } from "node:module";

import type * as Cedar from "@cedar-policy/cedar-wasm/nodejs";

import { RuntimeError } from "../../contract/errors.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import { pathsIn } from "./referred-paths.ts";
import type { PolicyRequest } from "./policy-request.ts";

/** What a policy says about itself, and what it looks at. */
export type PolicyFacts = {
  readonly effect: "permit" | "forbid";
  readonly annotations: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
};

export type Answer =
  | { readonly isAllowed: boolean; readonly rules: readonly string[] }
  /** Cedar could not decide, or a policy failed: a forbid that fails would otherwise count for nothing. */
  | { readonly errors: readonly string[] };

/** A policy set that is ready to answer. */
export type Engine = {
  readonly facts: ReadonlyMap<string, PolicyFacts>;
  readonly ask: (request: PolicyRequest) => Answer;
};

/** Every fault of a policy set, as messages that name the policy; empty where it can be used. */
export function faultsOf(set: PolicySet): string[] {
  const cedar = load();
  const parsed = Object.entries(set.policies).flatMap(([id, policy]) => {
    const answer = cedar.policyToJson(policy);
    return answer.type === "failure" ? answer.errors.map(({ message }) => `${id}: ${message}`) : [];
  });
  if (parsed.length > 0) return parsed;
  const answer = cedar.validate({
    schema: set.schema,
    policies: { staticPolicies: { ...set.policies } },
    validationSettings: { mode: "strict" },
  });
  if (answer.type === "failure") return answer.errors.map(({ message }) => message);
  return answer.validationErrors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
}

/** The policies of a text by their `@id`. @throws SPEC_INVALID where one has none, or two have the same */
export function policiesIn(text: string, file: string): Record<string, string> {
  const cedar = load();
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure") throw invalid(file, parts.errors.map(({ message }) => message).join("; "));
  if (parts.policy_templates.length > 0) throw invalid(file, "templates are not supported");
  const policies: Record<string, string> = {};
  for (const policy of parts.policies) {
    const json = cedar.policyToJson(policy);
    const id = json.type === "success" ? json.json.annotations?.["id"] : undefined;
    if (id === undefined || !/^[a-z][a-z0-9._-]*$/.test(id))
      throw invalid(file, `a policy has no @id("…") of lower-case letters, digits, ".", "_" and "-"`);
    if (Object.hasOwn(policies, id)) throw invalid(file, `two policies have the id "${id}"`);
    policies[id] = policy;
  }
  return policies;
}

/** Prepares a policy set once; afterwards it is known by its digest. @throws SPEC_INVALID */
export function engineOf(digest: string, set: PolicySet): Engine {
  const known = engines.get(digest);
  if (known !== undefined) return known;
  const cedar = load();
  const faults = faultsOf(set);
  if (faults.length > 0) throw invalid(`The policy set ${set.name}`, faults.join("; "));
  cedar.preparseSchema(digest, set.schema);
  cedar.preparsePolicySet(digest, { staticPolicies: { ...set.policies } });
  const engine = {
    facts: new Map(Object.entries(set.policies).map(([id, policy]) => [id, factsOf(policy)])),
    ask: (request: PolicyRequest) => ask(cedar, digest, request),
  };
  // What was prepared stays in Cedar's memory anyway, which never shrinks.
  engines.set(digest, engine);
  return engine;
}

const engines = new Map<string, Engine>();
let loaded: typeof Cedar | undefined;

// 4 MB of WebAssembly: loaded only where no earlier decision answers.
function load(): typeof Cedar {
  return (loaded ??= createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs") as typeof Cedar);
}

/** @throws SPEC_INVALID */
export function factsOf(policy: string): PolicyFacts {
  const answer = load().policyToJson(policy);
  if (answer.type === "failure")
    throw invalid("A policy", answer.errors.map(({ message }) => message).join());
  const { effect, annotations = {} } = answer.json;
  return { effect, annotations, paths: pathsIn(answer.json) };
}

function ask(
  cedar: typeof Cedar,
  digest: string,
  { principal, action, resource, context }: PolicyRequest,
): Answer {
  const entities = [principal, resource].map(({ uid, attrs }) => ({ uid, attrs: { ...attrs }, parents: [] }));
  const answer = cedar.statefulIsAuthorized({
    principal: principal.uid,
    action: { type: "Action", id: action },
    resource: resource.uid,
    context: { ...context },
    preparsedSchemaName: digest,
    validateRequest: true,
    preparsedPolicySetId: digest,
    entities,
  });
  if (answer.type === "failure") return { errors: answer.errors.map(({ message }) => message) };
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0)
    return { errors: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`) };
  return { isAllowed: decision === "allow", rules: [...diagnostics.reason].sort() };
}

function invalid(file: string, why: string): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `${file}: ${why}.`);
}
