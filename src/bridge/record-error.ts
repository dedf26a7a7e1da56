import { CATEGORIES, type Failure, fromSystem, RuntimeError, toFailure } from "../contract/errors.ts";
import type { RecordError } from "../contract/execution-record.ts";

/** A failure as records show it. */
export function recordError({ category, code, message, hint, retryable, details }: Failure): RecordError {
  return {
    category,
    message,
    details: details ?? null,
    // Somebody can still say yes.
    recoverable: code === "DENIED",
    retryable,
    code,
    hint,
  };
}

/** Of a run that waits; it is no failure. */
export function pausedError(message: string, details: unknown): RecordError {
  return {
    category: "PAUSED",
    message,
    details,
    recoverable: true,
    retryable: false,
    code: "PAUSED",
    hint: "Approve or reject it with `airun bridge workflow-resume`, `airun approve` or `airun reject`.",
  };
}

/** Whatever was thrown, as a failure of the catalogue. */
export function failureOf(thrown: unknown): Failure {
  // Where closing failed too, what failed before counts.
  if (thrown instanceof SuppressedError) return failureOf(thrown.suppressed);
  const error = fromSystem(thrown);
  return error.code === "UNKNOWN" && !(thrown instanceof RuntimeError)
    ? toFailure(new RuntimeError("INTERNAL", error.message))
    : toFailure(error);
}

/** The exit code that goes with a record. */
export function exitCodeOf({ error }: { readonly error: RecordError | null }): number {
  return error === null ? 0 : CATEGORIES[error.category].exit;
}
