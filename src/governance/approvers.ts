import { type Risk, RISKS } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Role } from "../contract/roles.ts";
import type { Principal } from "../contract/principal.ts";
import type { GovernanceState, Proposal } from "./state.ts";

type Principals = Pick<GovernanceState, "principals">;

/** How many different persons must approve. */
const QUORUM: Readonly<Record<Risk, number>> = { LOW: 1, MEDIUM: 1, HIGH: 1, CRITICAL: 2 };

export function quorumOf({ risk }: Proposal): number {
  return QUORUM[risk];
}

/** @throws NOT_AUTHORIZED where nobody registered the principal with that role, or with that of an admin */
export function requireRole(state: Principals, principal: Principal, role: Role): void {
  const roles = rolesOf(state, principal);
  if (roles.includes(role) || roles.includes("admin")) return;
  throw new RuntimeError("NOT_AUTHORIZED", `${show(principal)} does not have the role ${role}.`);
}

const NO_ROLES: readonly Role[] = [];

/** An agent has no role of its own: what it does needs somebody else's decision. */
export function rolesOf(state: Principals, { human, agent }: Principal): readonly Role[] {
  return agent === "" ? (state.principals.get(human)?.roles ?? NO_ROLES) : NO_ROLES;
}

/**
 * Whether the principal may approve: somebody registered as an approver, who did neither propose it nor approve it
 * before, under whatever account. What an agent proposed may be approved by the person it acts for.
 *
 * @throws NOT_AUTHORIZED
 */
export function requireApprover(state: Principals, proposal: Proposal, principal: Principal): void {
  requireRole(state, principal, "approver");
  const person = personOf(state, principal);
  if (proposal.by.agent === "" && personOf(state, proposal.by) === person)
    throw new RuntimeError(
      "NOT_AUTHORIZED",
      `${show(principal)} proposed ${proposal.id} and cannot approve it too.`,
    );
  if (proposal.approvals.some(({ by }) => personOf(state, by) === person))
    throw new RuntimeError("NOT_AUTHORIZED", `${show(principal)} has approved ${proposal.id} already.`);
}

/**
 * Whether the principal may set that risk: a reviewer, who did not propose it where the risk becomes lower.
 *
 * @throws NOT_AUTHORIZED
 */
export function requireReviewer(
  state: Principals,
  proposal: Proposal,
  risk: Risk,
  principal: Principal,
): void {
  requireRole(state, principal, "reviewer");
  const isOwn = proposal.by.agent === "" && personOf(state, proposal.by) === personOf(state, principal);
  if (isOwn && RISKS.indexOf(risk) < RISKS.indexOf(proposal.risk))
    throw new RuntimeError(
      "NOT_AUTHORIZED",
      `${show(principal)} proposed ${proposal.id} and cannot lower its risk.`,
    );
}

/** @throws STATE_CONFLICT where nobody would be left who can give roles */
export function requireAdminLeft({ principals }: Principals, name: string, roles: readonly Role[]): void {
  const others = [...principals.values()].filter((each) => each.name !== name);
  if (roles.includes("admin") || others.some((each) => each.roles.includes("admin"))) return;
  throw new RuntimeError("STATE_CONFLICT", `${name} is the last admin; make somebody else one first.`);
}

/** Two accounts of one person are one person. */
export function personOf(state: Principals, { human }: Principal): string {
  return state.principals.get(human)?.person ?? human;
}

/** Who it is, for a message. */
export function show({ human, agent, service }: Principal): string {
  if (agent !== "") return `${agent} (for ${human})`;
  return human === "" ? `The service ${service}` : human;
}
