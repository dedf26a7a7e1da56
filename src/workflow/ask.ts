import { randomUUID } from "node:crypto";

import { digestOf } from "../contract/digest.ts";
import { canonicalJson } from "../contract/json.ts";
import { visible } from "../kernel/consent.ts";
import { capabilityOf } from "./capability-of.ts";
import type { LiveRun } from "./live-run.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

/** Requests the approval of a HUMAN_APPROVAL step. @throws TEMPLATE_UNRESOLVED */
export function askForStep(
  live: LiveRun,
  { key, spec }: StepState,
  variables: Readonly<Record<string, unknown>>,
): void {
  const inputs = resolveTemplates(
    spec.inputs,
    variables,
    live.state.spec.unresolved,
    `${key}.inputs`,
  ) as Record<string, unknown>;
  const { message, ...rest } = inputs;
  const lines = [
    visible(typeof message === "string" ? message : (spec.description ?? `Approve step "${key}"?`)),
  ];
  for (const name of Object.keys(rest).sort())
    lines.push(`  ${visible(name)} = ${visible(canonicalJson(rest[name]))}`);
  requestApproval(live, key, {
    binds: digestOf({ run: live.run, step: key, workflow: live.state.spec, inputs }),
    text: lines.join("\n"),
    approvers: spec.approval_config?.approvers ?? [],
    timeoutSeconds: spec.approval_config?.timeout_seconds,
  });
}

/** Asks whether an attempt may be repeated of which nobody knows, after a crash, whether it had its effect. */
export function askAboutInterrupted(live: LiveRun, { key, attempt, spec }: StepState): void {
  requestApproval(live, key, {
    binds: digestOf({ run: live.run, step: key, attempt }),
    text: `The process died while ${capabilityOf(spec)} ran, and whether its effect happened is not known. Approve to run it again, reject to roll the run back.`,
    approvers: [],
    timeoutSeconds: undefined,
  });
}

export type ApprovalRequest = {
  readonly binds: string;
  readonly text: string;
  readonly approvers: readonly string[];
  readonly timeoutSeconds: number | undefined;
};

export function requestApproval(
  live: LiveRun,
  step: string,
  { binds, text, approvers, timeoutSeconds }: ApprovalRequest,
): void {
  const expiry =
    timeoutSeconds === undefined
      ? {}
      : { expiresAt: new Date(live.kernel.now() + timeoutSeconds * 1000).toISOString() };
  void live.emit({
    type: "approval-requested",
    run: live.run,
    step,
    data: { approval: randomUUID(), binds, text, approvers: [...approvers], ...expiry },
  });
}
