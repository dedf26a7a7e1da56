import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

import { RuntimeError } from "../contract/errors.ts";
import { quorumOf } from "../governance/approvers.ts";
import type { Proposal } from "../governance/state.ts";
import { bindingOf, heldOf } from "../governance/state.ts";
import type { Hazard, ProposedContent } from "../kernel/examine.ts";
import type { Chain } from "./station.ts";

type Recorded = Partial<ProposedContent> & {
  readonly reasons?: readonly string[];
  readonly hazards?: readonly Hazard[];
};

/** What a reviewer must see. */
export type ProposalReport = ReturnType<typeof describeProposal>;

const MIN_CHARACTERS = 4;
const NOBODY = "an unknown principal";

/** The proposal that a person means: its id, or four or more characters of it. @throws SUBJECT_UNKNOWN, USAGE */
export function resolveProposal({ governance }: Pick<Chain, "governance">, reference: string): Proposal {
  const all = [...governance.state().proposals.values()];
  const part = reference.replace(/^prop-/, "");
  const found = all.filter(
    ({ id }) => id === reference || (part.length >= MIN_CHARACTERS && id.includes(part)),
  );
  const [proposal, another] = found;
  if (proposal === undefined)
    throw new RuntimeError("SUBJECT_UNKNOWN", `There is no proposal "${reference.slice(0, 100)}".`);
  if (another === undefined) return proposal;
  const ids = found.map(({ id }) => id).join(", ");
  throw new RuntimeError("USAGE", `"${reference}" means ${found.length} proposals: ${ids}.`);
}

/** Everything about a proposal as one document; what it holds is read from the ledger, never from files. */
export function describeProposal(home: Pick<Chain, "governance" | "ledger">, id: string) {
  const proposal = resolveProposal(home, id);
  const content = home.ledger.object(proposal.content) as Recorded;
  const before = previousOf(home, proposal);
  return {
    id: proposal.id,
    subject: proposal.subject,
    status: proposal.status,
    source: proposal.source,
    risk: proposal.risk,
    reasons: content.reasons ?? [],
    approvalsNeeded: quorumOf(proposal),
    approvals: proposal.approvals.map(({ by, reason }) => ({ by: showBy(by), reason })),
    reviews: proposal.reviews.map(({ by, reason }) => ({ by: showBy(by), reason })),
    rejection:
      proposal.rejection === undefined
        ? null
        : { by: showBy(proposal.rejection.by), reason: proposal.rejection.reason },
    proposedBy: showBy(proposal.by),
    at: proposal.at,
    justification: proposal.justification,
    signedBy: content.signedBy ?? null,
    signedBefore: before?.content.signedBy ?? null,
    contracts: (content.hazards ?? []).map(({ id: capability, operation, side_effects, undo, network }) => ({
      capability,
      operation,
      effects: side_effects,
      undo: undo.kind,
      hosts: network?.hosts ?? [],
    })),
    held: heldOf(proposal),
    binds: bindingOf(proposal),
    imported: content.imported ?? null,
    files: content.files ?? {},
    previous: before?.proposal.id ?? null,
    diff: before === undefined ? null : diffOf(before.content.files ?? {}, content.files ?? {}),
  };
}

export function showBy({ human, agent }: Proposal["by"]): string {
  if (agent !== "") return `${agent} (for ${human || NOBODY})`;
  return human || NOBODY;
}

function previousOf({ governance, ledger }: Pick<Chain, "governance" | "ledger">, proposal: Proposal) {
  const { kind, name } = proposal.subject;
  const found = [...governance.state().proposals.values()].findLast(
    ({ id, status, subject, at }) =>
      id !== proposal.id &&
      status === "APPROVED" &&
      subject.kind === kind &&
      subject.name === name &&
      at <= proposal.at,
  );
  return found && { proposal: found, content: ledger.object(found.content) as Recorded };
}

function diffOf(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const options = { headerOptions: FILE_HEADERS_ONLY };
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) =>
      createTwoFilesPatch(path, path, before[path] ?? "", after[path] ?? "", undefined, undefined, options),
    )
    .join("");
}
