import { CATEGORIES } from "../contract/errors.ts";
import type { Plan } from "../workflow/preview.ts";
import { renderPlan } from "./render-plan.ts";
import { readInputs } from "./run-inputs.ts";
import type { Action } from "./session.ts";

/** What a run would do; nothing of it is done. */
export const plan: Action = async (session) => {
  const [target = ""] = session.args;
  const { workspace, io } = session;
  await using planner = await io.openPlanner({ workspace, env: io.env });
  const inputs = await readInputs(session, planner.registry, target);
  const cwd = session.text("cwd");
  const planned = await planner.plan(target, { inputs, ...(cwd === undefined ? {} : { cwd }) });
  session.emit(planned, () => renderPlan(planned, session.style));
  return exitCodeOf(planned);
};

function exitCodeOf({ outcome, steps }: Plan): number {
  if (outcome === "completes" || outcome === "unknown") return 0;
  const isDenied = steps.some(({ decision }) => decision === "deny");
  return CATEGORIES[isDenied ? "PERMISSION_DENIED" : "VALIDATION_ERROR"].exit;
}
