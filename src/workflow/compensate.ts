import { setTimeout as sleep } from "node:timers/promises";

import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type { EventOf } from "../contract/entry.ts";
import { invoke } from "../kernel/invoke.ts";
import { withTimeout } from "./attempt.ts";
import { retryDelayMs } from "./backoff.ts";
import { ReadMarks } from "../workspace/read-marks.ts";
import type { LiveRun } from "./live-run.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { variablesFor } from "./variables.ts";

const RETRIES = 3;

type Compensation = {
  readonly key: string;
  readonly role: Exclude<EventOf<"step-intended">["data"]["role"], "step">;
  readonly capability: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly step: StepState | null;
};

/**
 * Runs what a step declared as its compensation; a step that declares none is recorded as not restored. A
 * cancellation does not reach it.
 */
export async function compensate(live: LiveRun, step: StepState): Promise<void> {
  const declared = compensationOf(step);
  if (declared === undefined) {
    const error = new RuntimeError(
      "ROLLBACK_INCOMPLETE",
      `${step.capability ?? step.key} cannot be undone, and the step declares no compensation.`,
    );
    const data = { attempt: 1, failure: toFailure(error), durationMs: 0, role: "compensation" as const };
    void live.emit({ type: "step-failed", run: live.run, step: step.key, data });
    return;
  }
  await runCompensation(live, {
    key: step.key,
    role: "compensation",
    capability: declared.capability_name,
    inputs: declared.inputs,
    timeoutMs: step.spec.timeout_seconds * 1000,
    step,
  });
}

function compensationOf({
  spec,
}: StepState):
  | { readonly capability_name: string; readonly inputs: Readonly<Record<string, unknown>> }
  | undefined {
  if (spec.step_type === "COMPENSATION")
    return { capability_name: spec.capability_name ?? "", inputs: spec.inputs };
  return spec.compensation;
}

export async function compensateGlobally(live: LiveRun, index: number): Promise<void> {
  const declared = live.state.spec.global_compensation_steps[index];
  if (declared === undefined) return;
  await runCompensation(live, {
    key: `global[${index}]`,
    role: "global-compensation",
    capability: declared.capability_name,
    inputs: declared.inputs,
    timeoutMs: 300_000,
    step: null,
  });
}

async function runCompensation(live: LiveRun, compensation: Compensation): Promise<void> {
  const { kernel, run } = live;
  const { key, role } = compensation;
  const startedAt = kernel.now();
  for (let attempt = 1; ; attempt++) {
    const failure = await tryOnce(live, compensation, attempt);
    if (failure === null) return;
    const delayMs = retryDelayMs(
      { retry: undefined } as StepState["spec"],
      RETRIES,
      attempt,
      failure,
      Math.random(),
    );
    if (delayMs === undefined) {
      const data = { attempt, failure, durationMs: kernel.now() - startedAt, role };
      void live.emit({ type: "step-failed", run, step: key, data });
      return;
    }
    await sleep(delayMs);
  }
}

async function tryOnce(
  live: LiveRun,
  { key, role, capability, inputs, timeoutMs, step }: Compensation,
  attempt: number,
): Promise<Failure | null> {
  try {
    const variables = variablesFor(live.state, step === null ? "" : key);
    await withTimeout(live, `${role}:${key}`, timeoutMs, async (signal) => {
      const outcome = await invoke(live.kernel, {
        run: live.run,
        step: key,
        role,
        attempt,
        capability,
        inputs: resolveTemplates(
          inputs,
          variables,
          live.state.spec.unresolved,
          `${key}.compensation`,
        ) as Record<string, unknown>,
        principal: live.principal,
        idempotencyKey: `${live.run}/${key}/${role}`,
        // The run was allowed with its compensations declared; holding a rollback up for a human would leave it half done.
        restriction: { outcome: "allow", rules: ["workflow.compensation"] },
        approval: "declared",
        directory: live.directory,
        prefix: live.prefix,
        reads: new ReadMarks(),
        signal,
        emit: live.emit,
      });
      if (outcome.kind === "needs-approval") throw new Error(outcome.reason);
    });
    return null;
  } catch (error) {
    return toFailure(error);
  }
}
