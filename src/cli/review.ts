import { Risk } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import { describeProposal, resolveProposal } from "../operate/describe-proposal.ts";
import { renderProposal } from "./render-proposal.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action, Session } from "./session.ts";

/** Sets the risk of a proposal. */
export const review: Action = async (session) => {
  const risk = Risk.safeParse(session.text("risk"));
  if (!risk.success) throw new RuntimeError("USAGE", "--risk is missing: LOW, MEDIUM, HIGH or CRITICAL.");
  await using home = await session.io.openHome(session.io.env);
  const { id } = resolveProposal(home, session.args[0] ?? "");
  await home.governance.review(home.principal, id, risk.data, session.text("reason") ?? "");
  const report = describeProposal(home, id);
  session.emit(report, () => [
    `${session.style.colors.green("✓ reviewed")}  ${id}`,
    ...renderProposal(report, session.style.colors),
  ]);
  return 0;
};

/** Approves or rejects a proposal; a rejection takes a reason. */
export async function decideProposal(session: Session, decision: "approved" | "rejected"): Promise<number> {
  const reason = decision === "rejected" ? requiredReason(session) : (session.text("reason") ?? "");
  await using home = await session.io.openHome(session.io.env);
  const { id } = resolveProposal(home, session.args[0] ?? "");
  const { status, subject, content } = await home.governance.decide(home.principal, id, decision, reason);
  const report = describeProposal(home, id);
  const { next: advice } = home.ledger.object(content) as { readonly next?: string };
  // A policy set is named by its proposal: of one name and version there may be several.
  const name = subject.kind === "policy" ? id : `${subject.name}@${subject.version}`;
  const isMovable = subject.kind === "pack" || subject.kind === "facade" || subject.kind === "policy";
  const next =
    status === "APPROVED" && subject.kind === "suggestion"
      ? ["", `  now:  ${visible(advice ?? "")}`]
      : status === "APPROVED" && isMovable
        ? ["", `  activate:  ${session.command(subject.kind, "activate", name, "--reason", "…")}`]
        : [];
  session.emit(report, () => [
    `${session.style.colors.green(`✓ ${decision}`)}  ${id}`,
    ...renderProposal(report, session.style.colors),
    ...next,
  ]);
  return 0;
}
