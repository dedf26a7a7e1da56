import { digestOf } from "../contract/digest.ts";
import type { PolicySet } from "../contract/policy-set.ts";
import type { Principal } from "../contract/principal.ts";
import type { Chain } from "./station.ts";

/** Proposes a policy set: it decides nothing before somebody else approved it and an admin activated it. */
export async function stagePolicy(
  { governance }: Pick<Chain, "governance">,
  by: Principal,
  set: PolicySet,
  justification: string,
) {
  const { id, risk } = await governance.propose(by, {
    subject: { kind: "policy", name: set.name, version: set.version },
    source: "internal",
    // Whoever changes the policy changes what everybody may do.
    risk: "HIGH",
    content: set,
    locks: [],
    workflows: [],
    justification,
  });
  return { proposal: id, policySet: digestOf(set), risk };
}

/** Brings an approved policy set into force, by its digest or its proposal. @throws NOT_AUTHORIZED, NOT_ACTIVE */
export async function activatePolicy(
  { governance, policies }: Pick<Chain, "governance" | "policies">,
  by: Principal,
  named: string,
  reason: string,
) {
  await policies.activate(by, governance.state().proposals.get(named)?.content ?? named, reason);
  return policies.inForce();
}
