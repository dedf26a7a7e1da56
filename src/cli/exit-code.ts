import { CATEGORIES, type ErrorCode } from "../contract/errors.ts";
import type { RunView } from "../workflow/view.ts";

/** The exit code that tells how a run stands. `expected`: the failure that the command itself asked for. */
export function exitCodeOf(
  { status, failure }: Pick<RunView, "status" | "failure">,
  expected?: ErrorCode,
): number {
  if (status === "PAUSED") return CATEGORIES.PAUSED.exit;
  if (status === "FAILED" || status === "ROLLED_BACK")
    return failure === null || failure.code === expected ? 0 : CATEGORIES[failure.category].exit;
  return 0;
}
