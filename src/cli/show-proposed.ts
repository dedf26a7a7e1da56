import { keyOf, type Proposal } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import { describeProposal } from "../operate/describe-proposal.ts";
import type { Home } from "./io.ts";
import { renderProposal } from "./render-proposal.ts";
import type { Session } from "./session.ts";

/** Shows what was just proposed, and how it goes on. */
export function showProposed(session: Session, home: Home, { id, subject }: Proposal): void {
  const document = describeProposal(home, id);
  session.emit(document, () => [
    `${session.style.colors.green("✓ proposed")}  ${visible(keyOf(subject))}  ${id}`,
    ...renderProposal(document, session.style.colors),
    "",
    `  review:   ${session.command("proposal", "show", id)}`,
    `  approve:  ${session.command("approve", id, "--reason", "…")}`,
  ]);
}
