import { comparePolicies, type PolicyDifference } from "../governance/constitution/policy-diff.ts";
import { ruleRootsOf } from "../kernel/assets.ts";
import { policyNamed } from "./policy-source.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

/** Which of the workspace's recorded requests two policy sets decide differently. */
export const policyDiff: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  await using runtime = await session.open();
  const [before = "", after = ""] = session.args;
  const one = policyNamed(session, home, before);
  const other = policyNamed(session, home, after);
  const { assets } = await session.io.openRegistry(session.io.env);
  const result = comparePolicies(one.set, other.set, {
    ledger: runtime.ledger,
    workspace: runtime.workspace,
    ruleRoots: ruleRootsOf(assets, runtime.home),
  });
  session.emit({ before: one.digest, after: other.digest, ...result }, () => [
    `${count(result.requests, "recorded request")}, ${result.differences.length} decided otherwise`,
    ...(result.differences.length === 0 ? [] : table(result.differences, session)),
  ]);
  return 0;
};

function table(differences: readonly PolicyDifference[], { style }: Session): string[] {
  const rows = differences.map(({ seq, capability, before, after }) => [
    String(seq),
    capability,
    show(before),
    show(after),
  ]);
  const columns = ["ENTRY", "CAPABILITY", "BEFORE", "AFTER"];
  return renderTable({ columns, rows }, style.columns, style.colors.dim);
}

function show({ outcome, rules }: PolicyDifference["before"]): string {
  return `${outcome} (${rules.join(", ")})`;
}
