import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import {
  Explain,
  Explanations,
  PolicyActivation,
  PolicyDifferences,
  PolicyInForce,
  PolicyStage,
  PolicyTest,
  PolicyTestResult,
  PolicyWhatIf,
  StagedPolicy,
} from "../contract/rest/policy.ts";
import { digestOf } from "../contract/digest.ts";
import { recordedPolicy } from "../governance/constitution/activation.ts";
import { PolicyCases, runCase } from "../governance/constitution/policy-cases.ts";
import { comparePolicies } from "../governance/constitution/policy-diff.ts";
import { checkPolicySet } from "../governance/constitution/policy-files.ts";
import { explainCall, explainRun } from "../operate/explain-decision.ts";
import { activatePolicy, stagePolicy } from "../operate/stage-policy.ts";
import { route, type Route } from "./route.ts";

const FILE = "the policy set";

/** The constitution: reading, testing, staging and activating it. */
export const POLICY_ROUTES: readonly Route[] = [
  route({
    id: "getPolicy",
    method: "get",
    path: "/v1/policies/active",
    tag: "policies",
    summary: "The policy set that decides now, every rule with its text.",
    role: "viewer",
    answer: { status: 200, text: "The policy set.", schema: PolicyInForce },
    handle: ({ station: { chain } }) => chain.policies.inForce(),
  }),
  route({
    id: "getPolicyByDigest",
    method: "get",
    path: "/v1/policies/sets/{digest}",
    tag: "policies",
    summary: "A policy set that was in force once.",
    role: "viewer",
    params: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
    answer: { status: 200, text: "The policy set.", schema: PolicyInForce },
    refusals: [404],
    handle: ({ station: { chain }, params: { digest } }) => {
      if (!chain.governance.state().policySets.has(digest))
        throw new RuntimeError("SUBJECT_UNKNOWN", `There was no policy set ${digest}.`);
      return { digest, set: recordedPolicy(chain.ledger, digest) };
    },
  }),
  route({
    id: "explainDecision",
    method: "post",
    path: "/v1/policies/explain",
    tag: "policies",
    summary: "Why a run's steps were decided as they were, or how a call would be decided now.",
    role: "viewer",
    onlyLooks: true,
    body: Explain,
    answer: {
      status: 200,
      text: "Each decision with its rules and what it was made from.",
      schema: Explanations,
    },
    refusals: [404],
    handle: async ({ station: { runtime }, caller, body: { capability, inputs = {}, run, step } }) => {
      if (capability !== undefined)
        return { explanations: [await explainCall(runtime, caller.principal, capability, inputs)] };
      return { explanations: explainRun(runtime, run ?? "", step) };
    },
  }),
  route({
    id: "testPolicy",
    method: "post",
    path: "/v1/policies/test",
    tag: "policies",
    summary: "Hold a policy set against a table of cases.",
    role: "viewer",
    onlyLooks: true,
    body: PolicyTest,
    answer: { status: 200, text: "How each case is decided.", schema: PolicyTestResult },
    refusals: [404],
    handle: ({ station: { chain, runtime }, body: { set, cases } }) => {
      const { success, data, error } = PolicyCases.safeParse({ cases });
      if (!success)
        throw new RuntimeError("INPUT_INVALID", `cases: ${z.prettifyError(error)}`.slice(0, 2000));
      const given = set === undefined ? chain.policies.inForce().set : checkPolicySet(FILE, set);
      const results = data.cases.map((each) =>
        runCase(given, chain.registry.capability(each.capability).spec, each, runtime.workspace),
      );
      return { ok: results.every(({ ok }) => ok), policySet: digestOf(given), results };
    },
  }),
  route({
    id: "whatIfPolicy",
    method: "post",
    path: "/v1/policies/what-if",
    tag: "policies",
    summary: "Which requests of the newest runs another policy set would have decided otherwise.",
    role: "viewer",
    onlyLooks: true,
    body: PolicyWhatIf,
    answer: { status: 200, text: "The differences.", schema: PolicyDifferences },
    handle: ({ station: { chain, runtime, ruleRoots }, body: { set, runs } }) => {
      const { ledger, workspace } = runtime;
      const { digest, set: inForce } = chain.policies.inForce();
      const other = checkPolicySet(FILE, set);
      const oldest = ledger.runs({ limit: runs }).at(-1)?.id;
      const [started] =
        oldest === undefined ? [] : ledger.entries({ run: oldest, types: ["run-started"], sealed: true });
      const afterSeq = (started?.seq ?? 1) - 1;
      const found = comparePolicies(inForce, other, { ledger, workspace, ruleRoots, afterSeq });
      return { before: digest, after: digestOf(other), ...found };
    },
  }),
  route({
    id: "stagePolicy",
    method: "post",
    path: "/v1/policies",
    tag: "policies",
    summary: "Propose a policy set; it decides nothing before it is approved and activated.",
    role: "operator",
    body: PolicyStage,
    answer: { status: 201, text: "The proposal.", schema: StagedPolicy },
    refusals: [409],
    handle: ({ station: { chain }, caller, body: { set, reason } }) =>
      stagePolicy(chain, caller.principal, checkPolicySet(FILE, set), reason),
  }),
  route({
    id: "activatePolicy",
    method: "post",
    path: "/v1/policies/activate",
    tag: "policies",
    summary: "Bring an approved policy set into force.",
    role: "admin",
    body: PolicyActivation,
    answer: { status: 200, text: "The policy set in force.", schema: PolicyInForce },
    refusals: [404, 409],
    handle: ({ station: { chain }, caller, body: { policySet, reason } }) =>
      activatePolicy(chain, caller.principal, policySet, reason),
  }),
];
