import type { Failure } from "../contract/errors.ts";
import type { StepSpec } from "../contract/workflow.ts";

const DEFAULTS = { initial_delay_ms: 200, max_delay_ms: 30_000, backoff: 2 };

/**
 * Milliseconds until a failed attempt is repeated, or `undefined` where it is not: exponential with full jitter.
 * `attempt` is the one that failed, from 1; `random` lies in [0, 1).
 */
export function retryDelayMs(
  step: Pick<StepSpec, "retry">,
  retries: number,
  attempt: number,
  failure: Failure,
  random: number,
): number | undefined {
  if (attempt > retries || !isRetryable(step, failure)) return undefined;
  const { initial_delay_ms, max_delay_ms, backoff } = step.retry ?? DEFAULTS;
  return Math.floor(random * Math.min(max_delay_ms, initial_delay_ms * backoff ** (attempt - 1)));
}

function isRetryable(step: Pick<StepSpec, "retry">, failure: Failure): boolean {
  // Repeating one step would keep what the run holds: a lease conflict starts the whole run again.
  if (failure.code === "LEASE_CONFLICT") return false;
  const listed = step.retry?.retry_on;
  return listed === undefined
    ? failure.retryable
    : listed.includes(failure.code) || listed.includes(failure.category);
}
