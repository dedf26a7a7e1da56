import { CATEGORIES } from "../contract/errors.ts";
import { planFor, questNamed } from "./quest-source.ts";
import { renderQuestPlan } from "./render-quest.ts";
import type { Action } from "./session.ts";

/** The workflow that a quest asks for, and why; nothing is run. */
export const questPlan: Action = async (session) => {
  const quest = questNamed(session, session.args[0] ?? "");
  await using home = await session.io.openHome(session.io.env);
  const { plan } = await planFor(session, home, quest);
  const isWanted = session.flag("workflow") && plan.status === "planned";
  session.emit(isWanted ? plan.workflow : plan, () =>
    isWanted ? JSON.stringify(plan.workflow, null, 2).split("\n") : renderQuestPlan(plan, session),
  );
  return plan.status === "planned" ? 0 : CATEGORIES.VALIDATION_ERROR.exit;
};
