import { CATEGORIES, ERRORS } from "../contract/errors.ts";
import { recordedPolicy } from "../governance/constitution/activation.ts";
import { replayDecisions, type ReplayReport } from "../governance/constitution/replay.ts";
import { ruleRootsOf } from "../kernel/assets.ts";
import { visible } from "../kernel/consent.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

/** Derives every decision of the workspace's ledger again, from the entries and the policy sets of the home. */
export const auditReplay: Action = async (session) => {
  await using runtime = await session.open();
  const { assets } = await session.io.openRegistry(session.io.env);
  const report = replayDecisions({
    ledger: runtime.ledger,
    policySet: (digest) => recordedPolicy(runtime.homeLedger, digest),
    workspace: runtime.workspace,
    ruleRoots: ruleRootsOf(assets, runtime.home),
  });
  session.emit(report, () => render(report, session));
  return report.ok ? 0 : CATEGORIES[ERRORS.LEDGER_CORRUPT.category].exit;
};

function render(report: ReplayReport, { style: { colors } }: Session): string[] {
  const { ok, decisions, equal, withoutReceipt, sealed, findings } = report;
  return [
    ok
      ? colors.green(`✓ ${count(decisions, "decision")}, all derived again`)
      : colors.red(`✗ ${decisions - equal} of ${count(decisions, "decision")} cannot be derived`),
    `  without a receipt  ${withoutReceipt}`,
    `  inputs erased      ${sealed}`,
    ...findings.map(({ seq, kind, message }) => `  ${colors.red(kind)} at entry ${seq}: ${visible(message)}`),
  ];
}
