import type { Principal } from "../contract/principal.ts";
import type { Suggestion } from "../contract/skill-memory.ts";
import { isExpired, keyOf, type Proposal } from "../governance/state.ts";
import type { Chain } from "./station.ts";

/** Hands a suggestion of skill memory to the governance chain. It changes nothing, approved or not. */
export function proposeSuggestion(
  { governance }: Pick<Chain, "governance">,
  by: Principal,
  suggestion: Suggestion,
): Promise<Proposal> {
  return governance.propose(by, {
    subject: subjectOf(suggestion),
    source: "skill_memory",
    risk: "LOW",
    content: { ...suggestion, reasons: [suggestion.reason] },
    locks: [],
    workflows: [],
    justification: `${suggestion.rule}: ${suggestion.reason}`,
  });
}

/** The newest proposal of a suggestion; an expired or rejected one can be made again after a month. */
export function proposalOf(
  { governance }: Pick<Chain, "governance">,
  suggestion: Suggestion,
): Proposal | undefined {
  const key = keyOf(subjectOf(suggestion));
  const last = [...governance.state().proposals.values()].findLast(({ subject }) => keyOf(subject) === key);
  return last === undefined || isExpired(last, Date.now()) ? undefined : last;
}

function subjectOf({ kind, rule, subject }: Suggestion) {
  return { kind: "suggestion" as const, name: `${kind} ${rule} ${subject.name}`, version: subject.version };
}
