import type { ApprovalRules, ApprovalTerms, Asked } from "../contract/approval.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { PolicySet } from "../contract/policy-set.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { personOf, rolesOf, show } from "./approvers.ts";
import { openAskLimit } from "./ask-limit.ts";
import type { GovernanceState } from "./state.ts";

type Principals = Pick<GovernanceState, "principals">;
type About = Parameters<ApprovalRules["terms"]>[0];

export type ApprovalRulesOptions = {
  readonly state: () => GovernanceState;
  /** The settings of the policy set in force. */
  readonly settings: () => Pick<PolicySet, "approval_minutes" | "four_eyes" | "asks">;
  /** Of the workspace: who was asked. */
  readonly ledger: Pick<Ledger, "entries" | "object" | "lastSeq">;
  readonly now: () => number;
};

const APPROVAL_MINUTES = 1440;
const ASKS = { most: 30, minutes: 10 };

/** Who may answer for calls, from the roles that persons have and the settings of the constitution. */
export function openApprovalRules({ state, settings, ledger, now }: ApprovalRulesOptions): ApprovalRules {
  const limit = openAskLimit(ledger, now);
  return {
    terms: (about) => termsOf(state(), settings().four_eyes, about),
    defaultSeconds: () => (settings().approval_minutes ?? APPROVAL_MINUTES) * 60,
    person: (asked, answers, isNo) => answering(state(), asked, answers, isNo),
    count: (principal, approval) => limit(principal, approval, settings().asks ?? ASKS),
  };
}

/**
 * LOW and MEDIUM: whoever it runs for, or an approver. HIGH: an approver. CRITICAL: two persons, where there are two.
 * What a policy or a pack says takes the place of the role, and adds to the number.
 */
function termsOf(
  state: GovernanceState,
  fourEyes: PolicySet["four_eyes"],
  { risk, pack, requirement }: About,
): ApprovalTerms {
  const named = [...(requirement?.roles ?? []), ...rolesOfPack(state, pack)].map((roles) => [...roles]);
  const roles = named.length > 0 ? named : [["approver"]];
  const own = named.length === 0 && (risk === "LOW" || risk === "MEDIUM");
  const usual = risk !== "CRITICAL" ? 1 : fourEyes === "strict" ? 2 : Math.min(2, personsWith(state, roles));
  return { risk, own, roles, quorum: Math.max(1, usual, requirement?.quorum ?? 1) };
}

function rolesOfPack({ governed }: GovernanceState, pack: string | undefined): (readonly string[])[] {
  const roles = governed.get(`pack ${pack}`)?.approvalRoles ?? [];
  return roles.length > 0 ? [roles] : [];
}

function personsWith(state: Principals, roles: ApprovalTerms["roles"]): number {
  const able = [...state.principals.values()].filter((each) => missingOf(each.roles, roles) === undefined);
  return new Set(able.map(({ person }) => person)).size;
}

function answering(
  state: Principals,
  { terms, approvers, by }: Asked,
  answers: Principal,
  isNo = false,
): string {
  const who = show(answers);
  if (answers.agent !== "" || answers.human === "")
    throw denied(`${who} may not decide: an agent or a service confirms nothing, a person does.`);
  const person = personOf(state, answers);
  const isOwn = by.human !== "" && personOf(state, by) === person;
  if (isNo && isOwn) return person;
  if (approvers.length > 0 && !approvers.includes(answers.human))
    throw denied(`${who} may not decide about this; ${approvers.join(", ")} may.`);
  if (terms.own && isOwn) return person;
  const missing = missingOf(rolesOf(state, answers), terms.roles);
  if (missing === undefined) return person;
  throw denied(
    `${who} may not decide about this: it is of ${terms.risk} risk and takes the role ${missing.join(" or ")}.`,
  );
}

/** The first list of which somebody has no role. */
function missingOf(
  own: readonly string[],
  roles: readonly (readonly string[])[],
): readonly string[] | undefined {
  if (own.includes("admin")) return undefined;
  return roles.find((anyOf) => !anyOf.some((role) => own.includes(role)));
}

function denied(message: string): RuntimeError {
  return new RuntimeError("DENIED", message);
}
