import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

import { RuntimeError } from "../contract/errors.ts";
import { quorumOf } from "../governance/approvers.ts";
import type { Proposal } from "../governance/state.ts";
import { bindingOf, heldOf } from "../governance/state.ts";
import type { Hazard, ProposedContent } from "../kernel/examine.ts";
import { visible } from "../kernel/consent.ts";
import type { Home } from "./io.ts";
import type { Colors } from "./style.ts";
import { count, visibleLines } from "./text.ts";

type Recorded = Partial<ProposedContent> & {
  readonly reasons?: readonly string[];
  readonly hazards?: readonly Hazard[];
};

/** What a reviewer must see. */
export type ProposalReport = ReturnType<typeof describeProposal>;

const MIN_CHARACTERS = 4;
const NOBODY = "an unknown principal";

/** The proposal that a person means: its id, or four or more characters of it. @throws SUBJECT_UNKNOWN, USAGE */
export function resolveProposal({ governance }: Pick<Home, "governance">, reference: string): Proposal {
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
export function describeProposal(home: Pick<Home, "governance" | "ledger">, id: string) {
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
    files: content.files ?? {},
    previous: before?.proposal.id ?? null,
    diff: before === undefined ? null : diffOf(before.content.files ?? {}, content.files ?? {}),
  };
}

export function renderProposal(report: ProposalReport, colors: Colors): string[] {
  const { locks, workflows, packs = [], principals = [] } = report.held;
  const warning =
    report.previous !== null && report.signedBy !== report.signedBefore
      ? [`  ${colors.yellow("warning")}   signed by another key than the version before`]
      : [];
  return [
    `  status    ${report.status}, ${report.approvals.length} of ${count(report.approvalsNeeded, "approval")}`,
    `  proposed  ${report.at} by ${visible(report.proposedBy)}: ${visible(report.justification)}`,
    `  source    ${report.source}`,
    `  risk      ${report.risk}`,
    ...report.reasons.map((reason) => `            ${visible(reason)}`),
    `  signed    ${report.signedBy === null ? "no" : visible(report.signedBy)}`,
    ...warning,
    ...(principals.length === 0 ? [] : [`  only for  ${principals.map(visible).join(", ")}`]),
    ...list(
      "contracts",
      report.contracts.map(
        ({ capability, operation, effects, undo, hosts }) =>
          `${visible(capability)}  ${operation}  ${effects.join(", ")}  undo: ${undo}${hosts.length === 0 ? "" : `  hosts: ${hosts.map(visible).join(", ")}`}`,
      ),
    ),
    ...list("locks", [
      ...locks.map(
        (lock) =>
          `${visible(lock.capability)} ${lock.version}  spec ${lock.specHash}  code ${visible(lock.handlerHash)}`,
      ),
      ...workflows.map(({ workflow, specHash }) => `${visible(workflow)}  text ${specHash}`),
      ...packs.map(({ pack, version, specHash }) => `${visible(pack)} ${version}  spec ${specHash}`),
    ]),
    ...list(
      "reviews",
      report.reviews.map(({ by, reason }) => `${visible(by)}: ${visible(reason)}`),
    ),
    ...list(
      "approved",
      report.approvals.map(({ by, reason }) => `${visible(by)}: ${visible(reason)}`),
    ),
    ...(report.rejection === null
      ? []
      : [`  rejected  by ${visible(report.rejection.by)}: ${visible(report.rejection.reason)}`]),
    `  binds     ${report.binds}`,
  ];
}

/** The texts themselves, or what changed in them since the version that was approved before. */
export function renderContent(report: ProposalReport): string[] {
  if (report.diff !== null)
    return [
      "",
      `changed since ${report.previous}:`,
      ...(report.diff === "" ? ["  nothing"] : lines(report.diff)),
    ];
  return Object.entries(report.files).flatMap(([path, text]) => ["", `${visible(path)}:`, ...lines(text)]);
}

export function showBy({ human, agent }: Proposal["by"]): string {
  if (agent !== "") return `${agent} (for ${human || NOBODY})`;
  return human || NOBODY;
}

function lines(text: string): string[] {
  return visibleLines(text.trimEnd()).map((line) => `  │ ${line}`);
}

function list(title: string, rows: readonly string[]): string[] {
  return rows.map((row, index) => `  ${(index === 0 ? title : "").padEnd(10)}${row}`);
}

function previousOf({ governance, ledger }: Pick<Home, "governance" | "ledger">, proposal: Proposal) {
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
