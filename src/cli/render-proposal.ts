import { visible } from "../kernel/consent.ts";
import type { ProposalReport } from "../operate/describe-proposal.ts";
import type { Colors } from "./style.ts";
import { count, visibleLines } from "./text.ts";

/** So many lines that say the same of different contracts are shown one by one. */
const MAX_ALIKE = 2;

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
    ...groupReasons(report.reasons).map((reason) => `            ${visible(reason)}`),
    `  signed    ${report.signedBy === null ? "no" : visible(report.signedBy)}`,
    ...warning,
    ...(principals.length === 0 ? [] : [`  only for  ${principals.map(visible).join(", ")}`]),
    ...(report.imported === null ? [] : renderImported(report.imported)),
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

/** The same reason of many contracts is one line. */
function groupReasons(reasons: readonly string[]): string[] {
  const groups = Map.groupBy(reasons, (reason) => reason.replace(/^(\w+: )\S+ /, "$1"));
  return [...groups].flatMap(([why, all]) =>
    all.length <= MAX_ALIKE ? all : [`${why} (${all.length} contracts)`],
  );
}

/** What was derived for each tool, and why; what the other side says about itself is shown as that. */
function renderImported({ from, tools, refused }: NonNullable<ProposalReport["imported"]>): string[] {
  const [first] = tools;
  const common = (first?.notes ?? []).filter(
    (note) => tools.length > MAX_ALIKE && tools.every(({ notes }) => notes.includes(note)),
  );
  const each = tools.flatMap(({ capability, name, notes, claims }) => [
    `${visible(capability)}  from ${JSON.stringify(visible(name))}`,
    ...notes.filter((note) => !common.includes(note)).map((note) => `  ${visible(note)}`),
    ...(claims.length === 0
      ? []
      : [`  says about itself, and is not believed: ${claims.map(visible).join("; ")}`]),
  ]);
  return [
    ...list("imported", [`from ${visible(from)}`, ...common.map((note) => `all: ${visible(note)}`), ...each]),
    ...list(
      "left out",
      refused.map(({ name, why }) => `${JSON.stringify(visible(name))}: ${visible(why)}`),
    ),
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
