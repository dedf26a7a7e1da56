import { RuntimeError, toFailure } from "../contract/errors.ts";
import { invoke } from "../kernel/invoke.ts";
import { stricter } from "../kernel/restriction.ts";
import { requestApproval } from "./ask.ts";
import { retryDelayMs } from "./backoff.ts";
import { capabilityOf } from "./capability-of.ts";
import { stepOf } from "./frames.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import type { LiveRun } from "./live-run.ts";
import { mayStart } from "./pending.ts";
import { obeyPanic } from "./obey-panic.ts";
import { limitsOf, restrictionOf } from "./policy.ts";
import { outcomeOf } from "./repair.ts";
import { askAfterStep, askBeforeStep, isHooked } from "./run-hooks.ts";
import { itemsOf } from "./stack.ts";
import type { StepState } from "./state.ts";
import { stepInputs } from "./step-inputs.ts";

type Variables = Readonly<Record<string, unknown>>;

/** One attempt at a step that runs a capability: its outcome is an event, whatever happens. */
export async function attemptStep(live: LiveRun, step: StepState, variables: Variables): Promise<void> {
  const { spec, key } = step;
  const startedAt = live.kernel.now();
  const limits = limitsOf(live.state.spec, spec);
  const capability = capabilityOf(spec);
  const subject = { step, role: "step", attempt: step.attempt + 1, capability } as const;
  let inputs: Record<string, unknown> = {};
  let isInspected = false;
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await withTimeout(live, key, limits.timeoutSeconds * 1000, controller, async () => {
      inputs = stepInputs(live.state, step, variables);
      const restriction = restrictionOf(live.state.spec, spec);
      const outcome = await invoke(live.kernel, {
        run: live.run,
        step: key,
        role: "step",
        attempt: step.attempt + 1,
        capability,
        risk: spec.risk_level,
        inputs,
        principal: live.principal,
        facade: live.state.facade,
        runStartedAt: live.state.startedAt,
        idempotencyKey: idempotencyKeyOf(spec, key, variables, `${live.run}/${key}`),
        restriction: isHooked(live)
          ? stricter(restriction, await askBeforeStep(live, { ...subject, inputs }, signal))
          : restriction,
        approval: step.approval?.granted === true ? step.approval : null,
        directory: live.directory,
        prefix: live.prefix,
        reads: live.reads,
        recordsReads: live.state.kind === "workflow",
        inspect: isHooked(live)
          ? async (outputs) => {
              isInspected = true;
              return askAfterStep(live, { ...subject, inputs }, { startedAt, outputs }, signal);
            }
          : null,
        signal,
        emit: live.emit,
        watch: live.watch,
      });
      if (outcome.kind === "completed") return;
      requestApproval(live, step, outcome.question);
    });
  } catch (error) {
    if (live.signal.aborted) return;
    if (isHooked(live) && !isInspected && isWanted(live, step))
      await askAfterStep(live, { ...subject, inputs }, { startedAt, error });
    // The check before an effect is quicker than the notice.
    if (isPanic(error)) obeyPanic(live);
    const isCutOff = isPanic(error) && (live.state.frozenBy !== null || signal.reason === error);
    if (isCutOff) await interruptStep(live, step);
    else failStep(live, step, error, startedAt);
  }
}

/** Runs `work` with a signal that is aborted after a time, or by the run. */
export async function withTimeout(
  live: LiveRun,
  key: string,
  timeoutMs: number,
  controller: AbortController,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  live.controllers.set(key, controller);
  if (live.signal.aborted) controller.abort(live.signal.reason);
  const timer = setTimeout(
    () =>
      controller.abort(new RuntimeError("TIMED_OUT", `The step "${key}" took longer than ${timeoutMs} ms.`)),
    timeoutMs,
  );
  try {
    await work(controller.signal);
  } finally {
    clearTimeout(timer);
    live.controllers.delete(key);
  }
}

function isPanic(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === "PANIC";
}

/** A freeze cut the attempt off: it has not failed, and starts anew when the run goes on, where that does no harm. */
async function interruptStep(live: LiveRun, { key, spec }: StepState): Promise<void> {
  const present = stepOf(live.state, key);
  if (present?.phase !== "running") return;
  const { undo, idempotent } = live.kernel.registry.capability(capabilityOf(spec)).spec;
  const isLeft = itemsOf(live.state.undo).some((item) => item.kind === "effect" && item.step === key);
  const outcome = outcomeOf({ undo: undo.kind, idempotent, isClean: !isLeft });
  const data = { attempt: present.attempt, outcome };
  await live.emit({ type: "step-interrupted", run: live.run, step: key, data });
}

/** Not where it had not begun when the run was paused or stopped: then it did not fail. */
function isWanted({ state }: LiveRun, { key }: StepState): boolean {
  return stepOf(state, key)?.phase === "running" || mayStart(state, key);
}

/** Records that an attempt failed, and when the next one is due, if one is. */
export function failStep(live: LiveRun, step: StepState, error: unknown, startedAt: number): void {
  const { kernel, run, state } = live;
  if (!isWanted(live, step)) return;
  const failure = toFailure(error);
  const attempt = step.attempt + 1;
  const delayMs =
    state.stopping === null
      ? retryDelayMs(step.spec, limitsOf(state.spec, step.spec).retries, attempt, failure, Math.random())
      : undefined;
  const now = kernel.now();
  const retryAt = delayMs === undefined ? {} : { retryAt: new Date(now + delayMs).toISOString() };
  void live.emit({
    type: "step-failed",
    run,
    step: step.key,
    data: { attempt, failure, durationMs: now - startedAt, ...retryAt },
  });
}
