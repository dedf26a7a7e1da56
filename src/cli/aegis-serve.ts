import { serveAegis } from "../aegis/serve.ts";
import { RuntimeError } from "../contract/errors.ts";
import { checkSpec } from "../contract/parse-spec.ts";
import { type PlannedQuest, QuestPlan } from "../contract/quest.ts";
import { visible } from "../kernel/consent.ts";
import { lookUp } from "../kernel/look-up.ts";
import { sourceAt } from "./quest-source.ts";
import type { Action, Session } from "./session.ts";

const SECRET = "AEGIS_GOVERNANCE_HOOK_SECRET";

/** Answers the questions of runtimes until it is interrupted. */
export const aegisServe: Action = async (session) => {
  const secret = session.io.env[SECRET] ?? "";
  if (secret === "")
    throw new RuntimeError("USAGE", `${SECRET} is not set; without it nobody could be answered.`);
  const plans = session.args.map((file) => plannedIn(session, file));
  const { registry } = await session.io.openRegistry(session.io.env);
  const contractOf = (id: string) => {
    const result = lookUp(() => registry.capability(id).spec);
    return "found" in result ? result.found : undefined;
  };
  await using server = await serveAegis({
    plans,
    contractOf,
    secret,
    port: portOf(session),
    onAnswer: (request, { decision, reason }) =>
      session.print(
        [request.event, "step" in request ? request.step.step_id : "", decision, reason]
          .map(visible)
          .join("  "),
      ),
  });
  const url = `http://127.0.0.1:${server.port}/`;
  session.emit({ url, quests: plans.map(({ quest }) => quest) }, () => [
    `AEGIS_GOVERNANCE_HOOK_URL=${url}`,
    ...plans.map(({ quest, intent }) => `  ${visible(quest)}  ${visible(intent)}`),
  ]);
  await interrupted(session);
  return 0;
};

function plannedIn(session: Session, file: string): PlannedQuest {
  const plan = checkSpec(sourceAt(session, file), QuestPlan);
  if (plan.status === "planned") return plan;
  throw new RuntimeError("USAGE", `"${file}" holds no plan: the quest was refused.`);
}

function portOf(session: Session): number {
  const given = session.text("port") ?? "0";
  const port = Number(given);
  if (!/^\d+$/.test(given) || port > 65_535) throw new RuntimeError("USAGE", `--port ${given} is no port.`);
  return port;
}

function interrupted({ io }: Session): Promise<void> {
  return new Promise((resolve) => {
    const stop = io.onInterrupt(() => {
      stop();
      resolve();
    });
  });
}
