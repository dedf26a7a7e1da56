import { resolve } from "node:path";

import { keyOf } from "../governance/state.ts";
import { visible } from "../kernel/consent.ts";
import { describeProposal } from "../operate/describe-proposal.ts";
import { proposePath } from "../operate/propose.ts";
import { renderProposal } from "./render-proposal.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action } from "./session.ts";

/** Records a proposal with all of its files. Nothing is installed, and nothing of it can run. */
export const propose: Action = async (session) => {
  const justification = requiredReason(session);
  const path = resolve(session.io.cwd, session.args[0] ?? "");
  await using home = await session.io.openHome(session.io.env);
  const { id, subject } = await proposePath(home, home.principal, path, justification, session.text("key"));
  const document = describeProposal(home, id);
  session.emit(document, () => [
    `${session.style.colors.green("✓ proposed")}  ${visible(keyOf(subject))}  ${id}`,
    ...renderProposal(document, session.style.colors),
    "",
    `  review:   ${session.command("proposal", "show", id)}`,
    `  approve:  ${session.command("approve", id, "--reason", "…")}`,
  ]);
  return 0;
};
