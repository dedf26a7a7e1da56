import { CATEGORIES, type ErrorCode, ERRORS } from "./errors.ts";

/** Where it is not the category's. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  STATE_CONFLICT: 409,
  ADDRESS_TAKEN: 409,
  REQUEST_UNDER_WAY: 409,
  TOO_MANY: 429,
  REQUEST_INTERRUPTED: 409,
  ALREADY_EXISTS: 409,
  PLAINTEXT_ERASED: 410,
  UNAUTHENTICATED: 401,
  LEASE_CONFLICT: 409,
  OWNER_LOST: 409,
  UNDO_CONFLICT: 409,
  ROLLBACK_INCOMPLETE: 409,
  LEDGER_UNAVAILABLE: 503,
  DISK_FULL: 507,
  RECOVERY_NEEDS_HUMAN: 409,
};

/** The HTTP status of a failure. */
export function statusOf(code: ErrorCode): number {
  return STATUSES[code] ?? CATEGORIES[ERRORS[code].category].status;
}
