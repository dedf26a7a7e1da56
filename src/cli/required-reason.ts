import { RuntimeError } from "../contract/errors.ts";
import type { Session } from "./session.ts";

/** What `--reason` says. @throws USAGE where it says nothing */
export function requiredReason({ text }: Pick<Session, "text">): string {
  const reason = text("reason")?.trim() ?? "";
  if (reason === "") throw new RuntimeError("USAGE", "--reason is missing; it is recorded in the ledger.");
  return reason;
}
