import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Alarm, Concerned } from "../contract/panic.ts";

type Going = Concerned & { readonly role: EventOf<"step-intended">["data"]["role"] };

/**
 * Lets nothing go forward while a panic is open over it. What takes something back may go on.
 *
 * @throws PANIC
 */
export function requireCalm(alarm: Alarm, { run, principal, role }: Going): void {
  if (role !== "step") return;
  const panic = alarm.over({ run, principal });
  if (panic === undefined) return;
  const { id, action, reason } = panic;
  throw new RuntimeError("PANIC", `Stopped by ${id} (${action}): ${reason}`, {
    details: { panic: id, action, reason },
  });
}
