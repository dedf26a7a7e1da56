import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";

type Refused = Pick<EventOf<"hook-answered">["data"], "event" | "reason" | "violation" | "failed">;

/** What a governor's DENY means for `what`: a rule of its own that was broken, or a plain refusal. */
export function refusalOf({ event, reason, violation, failed }: Refused, what: string): RuntimeError {
  const code = violation === undefined ? "DENIED" : "CONSTITUTION_VIOLATION";
  const details = {
    hook: event,
    ...(violation === undefined ? {} : { violation }),
    ...(failed === undefined ? {} : { failed }),
  };
  return new RuntimeError(code, `${what} was refused by the governor (${event}): ${reason}`, { details });
}
