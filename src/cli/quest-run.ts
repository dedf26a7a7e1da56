import { heldQuestOf } from "../aegis/held-quest.ts";
import { HOOK_URL } from "../bridge/governor.ts";
import { CATEGORIES } from "../contract/errors.ts";
import type { PlannedQuest, Quest } from "../contract/quest.ts";
import { followRun } from "./follow-run.ts";
import { checkSubject, renderReport } from "./quest-check.ts";
import { planFor, questNamed } from "./quest-source.ts";
import { renderQuestPlan } from "./render-quest.ts";
import type { Action, Session } from "./session.ts";

/** Plans a quest, checks the plan, and runs it held to its constraints. What cannot be planned does not run. */
export const questRun: Action = async (session) => {
  const quest = questNamed(session, session.args[0] ?? "");
  const plan = await planned(session, quest);
  if (typeof plan === "number") return plan;
  // A governor that somebody named stands in Aegis' place.
  const isGoverned = (session.io.env[HOOK_URL] ?? "") !== "";
  return followRun(session, (runtime) =>
    runtime.start(
      { file: `${plan.quest}.json`, text: JSON.stringify(plan.workflow) },
      {
        correlation: { questId: plan.quest, ...costOf(plan) },
        ...(isGoverned ? {} : { governor: heldQuestOf(plan) }),
        ...cwdOf(session),
      },
    ),
  );
};

/** The plan, or the exit code where there is none or the constitution would refuse it. */
async function planned(session: Session, quest: Quest): Promise<PlannedQuest | number> {
  await using home = await session.io.openHome(session.io.env);
  const { plan } = await planFor(session, home, quest);
  if (plan.status === "refused") {
    session.emit(plan, () => renderQuestPlan(plan, session));
    return CATEGORIES.VALIDATION_ERROR.exit;
  }
  const { workflow, constraints, quest: id } = plan;
  const subject = { text: JSON.stringify(workflow), file: `${id}.json`, constraints };
  const report = await checkSubject(session, home, subject);
  if (report.ok) return plan;
  session.emit(report, () => renderReport(report, session));
  return CATEGORIES.CONSTITUTION_VIOLATION.exit;
}

function costOf({ constraints: { max_cost } }: PlannedQuest): { readonly maxCost?: number } {
  return max_cost === undefined ? {} : { maxCost: max_cost };
}

function cwdOf(session: Session): { readonly cwd?: string } {
  const cwd = session.text("cwd");
  return cwd === undefined ? {} : { cwd };
}
