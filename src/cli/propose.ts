import { resolve } from "node:path";

import { proposePath } from "../operate/propose.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action } from "./session.ts";
import { showProposed } from "./show-proposed.ts";

/** Records a proposal with all of its files. Nothing is installed, and nothing of it can run. */
export const propose: Action = async (session) => {
  const justification = requiredReason(session);
  const path = resolve(session.io.cwd, session.args[0] ?? "");
  await using home = await session.io.openHome(session.io.env);
  const proposal = await proposePath(home, home.principal, path, justification, session.text("key"));
  showProposed(session, home, proposal);
  return 0;
};
