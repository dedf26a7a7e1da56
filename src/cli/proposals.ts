import { visible } from "../kernel/consent.ts";
import { describeProposal, showBy } from "../operate/describe-proposal.ts";
import { renderContent, renderProposal } from "./render-proposal.ts";
import { renderTable } from "./render-table.ts";
import type { Action } from "./session.ts";

const STATUS = { pending: "PENDING_REVIEW", approved: "APPROVED", rejected: "REJECTED" } as const;

export const listProposals: Action = async (session) => {
  const wanted = session.text("status") as keyof typeof STATUS | undefined;
  await using home = await session.io.openHome(session.io.env);
  const rows = [...home.governance.state().proposals.values()]
    .filter(({ status }) => wanted === undefined || status === STATUS[wanted])
    .toReversed()
    .map(({ id, subject, status, risk, by, at, justification }) => ({
      id,
      ...subject,
      status,
      risk,
      by: showBy(by),
      at,
      justification,
    }));
  session.emit(rows, () => {
    if (rows.length === 0) return ["There are no proposals."];
    const columns = ["ID", "KIND", "NAME", "VERSION", "STATUS", "RISK", "BY"];
    const cells = rows.map(({ id, kind, name, version, status, risk, by }) =>
      [id, kind, name, version, status, risk, by].map(visible),
    );
    return renderTable({ columns, rows: cells }, session.style.columns, session.style.colors.dim);
  });
  return 0;
};

export const showProposal: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const report = describeProposal(home, session.args[0] ?? "");
  const { kind, name, version } = report.subject;
  session.emit(report, () => [
    `${session.style.colors.bold(`${kind} ${visible(name)} ${version}`)}  ${report.id}`,
    ...renderProposal(report, session.style.colors),
    ...renderContent(report),
  ]);
  return 0;
};
