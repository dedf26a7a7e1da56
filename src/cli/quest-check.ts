import { existsSync } from "node:fs";

import { checkConstitution } from "../aegis/check-constitution.ts";
import type { Constraints } from "../contract/constraints.ts";
import { CATEGORIES } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { CheckReport } from "../contract/quest.ts";
import { openSessionMemory } from "../governance/constitution/session-memory.ts";
import { findAssets, ruleRootsOf } from "../kernel/assets.ts";
import { visible } from "../kernel/consent.ts";
import { homeOf } from "../kernel/home.ts";
import { loadWorkflow } from "../workflow/load-workflow.ts";
import type { Home } from "./io.ts";
import { ledgerPath } from "./ledger-path.ts";
import { planFor, questNamed, sourceAt } from "./quest-source.ts";
import { renderQuestPlan } from "./render-quest.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

type Subject = { readonly text: string; readonly file: string; readonly constraints?: Constraints };

/** Holds a quest's plan, or a workflow, against the constitution before anything of it runs. */
export const questCheck: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const subject = await subjectOf(session, home, session.args[0] ?? "");
  if (subject === undefined) return CATEGORIES.VALIDATION_ERROR.exit;
  const report = await checkSubject(session, home, subject);
  session.emit(report, () => renderReport(report, session));
  return report.ok ? 0 : CATEGORIES.CONSTITUTION_VIOLATION.exit;
};

/** What the constitution and the constraints say about a workflow that is not running. @throws SPEC_INVALID */
export async function checkSubject(
  session: Session,
  home: Home,
  { text, file, constraints }: Subject,
): Promise<CheckReport> {
  const { registry, governance, policies, principal } = home;
  const { spec, subSpecs } = await loadWorkflow(text, file, registry);
  const { io, workspace } = session;
  const roles =
    principal.agent === "" ? (governance.state().principals.get(principal.human)?.roles ?? []) : [];
  return checkConstitution({
    spec,
    subSpecs,
    registry,
    reach: governance.reach,
    policy: policies.inForce(),
    principal,
    roles,
    workspace,
    ruleRoots: ruleRootsOf(findAssets(io.env), homeOf(io.env)),
    ...(constraints === undefined ? {} : { constraints }),
    ...(await before(session, home)),
  });
}

export function renderReport(
  { ok, workflow, violations }: CheckReport,
  { style: { colors } }: Session,
): string[] {
  const marks = { error: colors.red("✗"), approval: colors.yellow("?"), warning: colors.yellow("~") };
  return [
    ...violations.flatMap(({ severity, rule, step, path, message, remedy }) => [
      `${marks[severity]} ${visible(rule)}  ${visible(step ?? workflow)}  ${colors.dim(visible(path))}`,
      `    ${visible(message)}`,
      `    ${colors.dim(visible(remedy))}`,
    ]),
    `${ok ? colors.green("✓") : colors.red("✗")} ${visible(workflow)}: ${count(violations.length, "finding")}; nothing was run.`,
  ];
}

async function subjectOf(session: Session, home: Home, given: string): Promise<Subject | undefined> {
  const limits = session.text("quest");
  const isWorkflow =
    /\.(ya?ml|json)$/i.test(given) && isObject(sourceAt(session, given).value) && hasSteps(session, given);
  if (isWorkflow) {
    const { text } = sourceAt(session, given);
    const constraints = limits === undefined ? {} : { constraints: questNamed(session, limits).constraints };
    return { text, file: given, ...constraints };
  }
  const { plan } = await planFor(session, home, questNamed(session, given));
  if (plan.status === "planned")
    return { text: JSON.stringify(plan.workflow), file: `${plan.quest}.json`, constraints: plan.constraints };
  session.emit(plan, () => renderQuestPlan(plan, session));
  return undefined;
}

function hasSteps(session: Session, file: string): boolean {
  const { value } = sourceAt(session, file);
  return isObject(value) && "steps" in value;
}

/** What this session has read and done in the workspace, where there is one. */
async function before(session: Session, { policies, principal }: Home) {
  if (!existsSync(ledgerPath(session.workspace))) return {};
  await using runtime = await session.open();
  const memory = openSessionMemory(runtime.ledger, Date.now);
  const sessionMs = policies.inForce().set.session_hours * 3_600_000;
  const caller = { run: "", principal };
  return {
    before: {
      labels: memory.labels(caller, sessionMs).session,
      spent: await memory.spent(caller, sessionMs),
    },
  };
}
