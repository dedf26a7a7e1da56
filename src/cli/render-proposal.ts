import { visible } from "../kernel/consent.ts";
import type { ProposalReport } from "../operate/describe-proposal.ts";
import type { Colors } from "./style.ts";
import { count, visibleLines } from "./text.ts";

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

function lines(text: string): string[] {
  return visibleLines(text.trimEnd()).map((line) => `  │ ${line}`);
}

function list(title: string, rows: readonly string[]): string[] {
  return rows.map((row, index) => `  ${(index === 0 ? title : "").padEnd(10)}${row}`);
}
