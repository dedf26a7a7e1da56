import { setTimeout as sleep } from "node:timers/promises";

import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type { EventOf } from "../contract/entry.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { invoke } from "../kernel/invoke.ts";
import { withTimeout } from "./attempt.ts";
import { retryDelayMs } from "./backoff.ts";
import { capabilityOf } from "./capability-of.ts";
import { ReadMarks } from "../workspace/read-marks.ts";
import type { Subject } from "./hook-step.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import type { LiveRun } from "./live-run.ts";
import { limitsOf } from "./policy.ts";
import { askAfterStep, askBeforeStep, isHooked } from "./run-hooks.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { variablesFor } from "./variables.ts";

const RETRIES = 3;
const GLOBAL_TIMEOUT_SECONDS = 300;
const GLOBAL = { agent_name: "", step_type: "COMPENSATION", risk_level: "MEDIUM" } as const;

type Declared = Pick<StepSpec, "inputs"> & { readonly capability_name: string };

type Compensation = {
  readonly key: string;
  readonly step: Subject["step"];
  readonly role: Exclude<EventOf<"step-intended">["data"]["role"], "step">;
  readonly declared: Declared;
  readonly timeoutSeconds: number;
  readonly retries: number;
  /** Only a COMPENSATION step has these of its own. */
  readonly own: Pick<StepSpec, "retry" | "idempotency_key">;
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
      `${capabilityOf(step.spec)} cannot be undone, and the step declares no compensation.`,
    );
    const data = { attempt: 1, failure: toFailure(error), durationMs: 0, role: "compensation" as const };
    void live.emit({ type: "step-failed", run: live.run, step: step.key, data });
    return;
  }
  const { spec } = step;
  await runCompensation(live, {
    key: step.key,
    step,
    role: "compensation",
    declared,
    ...(spec.step_type === "COMPENSATION"
      ? { ...limitsOf(live.state.spec, spec), own: spec }
      : { timeoutSeconds: spec.timeout_seconds, ...PLAIN }),
  });
}

const PLAIN = { retries: RETRIES, own: {} } as const;

/** What takes back what a step did; `undefined` where nothing does. */
export function compensationOf({ spec }: StepState): Declared | undefined {
  if (spec.step_type === "COMPENSATION") return { capability_name: capabilityOf(spec), inputs: spec.inputs };
  return spec.compensation;
}

export async function compensateGlobally(live: LiveRun, index: number): Promise<void> {
  const declared = live.state.spec.global_compensation_steps[index];
  if (declared === undefined) return;
  await runCompensation(live, {
    key: `global[${index}]`,
    step: { key: `global[${index}]`, spec: GLOBAL },
    role: "global-compensation",
    declared,
    timeoutSeconds: GLOBAL_TIMEOUT_SECONDS,
    ...PLAIN,
  });
}

async function runCompensation(live: LiveRun, compensation: Compensation): Promise<void> {
  const { kernel, run } = live;
  const { key, role, retries, own } = compensation;
  const startedAt = kernel.now();
  for (let attempt = 1; ; attempt++) {
    const failure = await tryOnce(live, compensation, attempt);
    if (failure === null) return;
    const delayMs = retryDelayMs(own, retries, attempt, failure, Math.random());
    if (delayMs === undefined) {
      const data = { attempt, failure, durationMs: kernel.now() - startedAt, role };
      void live.emit({ type: "step-failed", run, step: key, data });
      return;
    }
    await sleep(delayMs, undefined, { signal: live.signal });
  }
}

async function tryOnce(
  live: LiveRun,
  { key, step, role, declared, timeoutSeconds, own }: Compensation,
  attempt: number,
): Promise<Failure | null> {
  const { capability_name: capability } = declared;
  const startedAt = live.kernel.now();
  let subject: Subject = { step, role, attempt, capability, inputs: {} };
  let isInspected = false;
  try {
    const variables = variablesFor(live.state, key);
    await withTimeout(
      live,
      `${role}:${key}`,
      timeoutSeconds * 1000,
      new AbortController(),
      async (signal) => {
        const inputs = resolveTemplates(
          declared.inputs,
          variables,
          live.state.spec.unresolved,
          `${key}.compensation`,
        ) as Record<string, unknown>;
        subject = { ...subject, inputs };
        const decision = isHooked(live) ? await askBeforeStep(live, subject, signal) : null;
        await invoke(live.kernel, {
          run: live.run,
          step: key,
          role,
          attempt,
          capability,
          risk: step.spec.risk_level,
          inputs,
          principal: live.principal,
          facade: live.state.facade,
          runStartedAt: live.state.startedAt,
          idempotencyKey: idempotencyKeyOf(own, key, variables, `${live.run}/${key}/${role}`),
          // The run was allowed with its compensations declared; holding a rollback up for a human would leave it half done.
          restriction: { outcome: "allow", rules: ["workflow.compensation", ...(decision?.rules ?? [])] },
          approval: "declared",
          directory: live.directory,
          prefix: live.prefix,
          reads: new ReadMarks(),
          recordsReads: false,
          inspect: isHooked(live)
            ? async (outputs) => {
                isInspected = true;
                return askAfterStep(live, subject, { startedAt, outputs });
              }
            : null,
          signal,
          emit: live.emit,
          watch: live.watch,
        });
      },
    );
    return null;
  } catch (error) {
    live.signal.throwIfAborted();
    if (isHooked(live) && !isInspected) await askAfterStep(live, subject, { startedAt, error });
    return toFailure(error);
  }
}
