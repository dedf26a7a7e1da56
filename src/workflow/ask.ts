import { randomUUID } from "node:crypto";

import type { Question } from "../contract/approval.ts";
import { digestOf } from "../contract/digest.ts";
import { renderQuestion } from "../kernel/render-consent.ts";
import { capabilityOf, contractIfKnown } from "./capability-of.ts";
import type { LiveRun } from "./live-run.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

/** Requests the approval of a HUMAN_APPROVAL step. @throws TEMPLATE_UNRESOLVED, APPROVAL_LIMIT */
export function askForStep(
  live: LiveRun,
  step: StepState,
  variables: Readonly<Record<string, unknown>>,
): void {
  const { key, spec } = step;
  const inputs = resolveTemplates(
    spec.inputs,
    variables,
    live.state.spec.unresolved,
    `${key}.inputs`,
  ) as Record<string, unknown>;
  const { message, ...rest } = inputs;
  const asked = typeof message === "string" ? message : (spec.description ?? `Approve step "${key}"?`);
  requestApproval(live, step, {
    binds: digestOf({ run: live.run, step: key, workflow: live.state.spec, inputs }),
    ...renderQuestion(asked, rest),
    rules: ["workflow.step"],
    terms: live.kernel.approvals.terms({ risk: spec.risk_level }),
  });
}

/** Asks whether an attempt may be repeated of which nobody knows, after a crash, whether it had its effect. */
export function askAboutInterrupted(live: LiveRun, step: StepState): void {
  const { key, attempt, spec } = step;
  const { approvals, registry } = live.kernel;
  const capability = capabilityOf(spec);
  const risk = contractIfKnown(registry, capability)?.risk.level ?? "HIGH";
  emitQuestion(live, step, randomUUID(), {
    binds: digestOf({ run: live.run, step: key, attempt }),
    ...renderQuestion(
      `The process died while ${capability} ran, and whether its effect happened is not known. Approve to run it again, reject to roll the run back.`,
      {},
    ),
    rules: ["recovery.unknown"],
    terms: approvals.terms({ risk }),
  });
}

/** Puts a question to a human; it is open until it expires. @throws APPROVAL_LIMIT where there were too many of late */
export function requestApproval(live: LiveRun, step: StepState, question: Question): void {
  const approval = randomUUID();
  live.kernel.approvals.count(live.principal, approval);
  emitQuestion(live, step, approval, question);
}

function emitQuestion(
  live: LiveRun,
  { key, spec: { approval_config: config } }: StepState,
  approval: string,
  { timeoutSeconds, rules, full, changes, batch, ...question }: Question,
): void {
  const { kernel, run } = live;
  const seconds = config?.timeout_seconds ?? timeoutSeconds ?? kernel.approvals.defaultSeconds();
  const data = {
    ...question,
    approval,
    rules: [...rules],
    approvers: [...(config?.approvers ?? [])],
    expiresAt: new Date(kernel.now() + seconds * 1000).toISOString(),
    ...(full === undefined ? {} : { full }),
    ...(changes === undefined ? {} : { changes: [...changes] }),
    ...(batch === undefined ? {} : { batch }),
  };
  void live.emit({ type: "approval-requested", run, step: key, data });
}
