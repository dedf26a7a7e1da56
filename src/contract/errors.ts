import { SYSTEM_ERRORS } from "./system-errors.ts";

/**
 * The one error catalogue. Category and exit code are those of the bridge contract; HTTP status, CLI text and
 * `docs/reference/errors.md` derive from this table.
 */
export const CATEGORIES = {
  VALIDATION_ERROR: { exit: 10, status: 422 },
  PERMISSION_DENIED: { exit: 11, status: 403 },
  RESOURCE_NOT_FOUND: { exit: 12, status: 404 },
  TIMEOUT: { exit: 13, status: 408 },
  NETWORK_ERROR: { exit: 14, status: 502 },
  EXTERNAL_SERVICE_ERROR: { exit: 15, status: 502 },
  CANCELLED: { exit: 16, status: 409 },
  CONSTITUTION_VIOLATION: { exit: 17, status: 403 },
  INTERNAL_ERROR: { exit: 20, status: 500 },
  UNKNOWN_ERROR: { exit: 21, status: 500 },
  PAUSED: { exit: 30, status: 202 },
} as const;

export type Category = keyof typeof CATEGORIES;

type ErrorEntry = { readonly category: Category; readonly retryable: boolean; readonly hint: string };

export const ERRORS = {
  // What a caller wrote
  INPUT_INVALID: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Correct the named field; `airun inspect ID` shows the contract.",
  },
  SPEC_INVALID: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Correct the listed lines; `airun validate FILE` checks again.",
  },
  TEMPLATE_UNRESOLVED: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Define the path in initial_state or an earlier step, or set `unresolved: keep`.",
  },
  EXPRESSION_INVALID: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Correct the expression; only the named variables exist.",
  },
  OUTPUT_INVALID: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "The handler broke its own contract; its effects were undone. Fix the handler.",
  },
  USAGE: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Run the command with --help to see its options.",
  },
  STATE_CONFLICT: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "`airun show RUN` tells what state the run is in.",
  },
  KEY_REUSED: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Send the same body again, or a new Idempotency-Key.",
  },
  REQUEST_UNDER_WAY: {
    category: "VALIDATION_ERROR",
    retryable: true,
    hint: "Send it again in a moment, with the same Idempotency-Key.",
  },
  REQUEST_INTERRUPTED: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Look whether it had its effect; if not, send it again with a new Idempotency-Key.",
  },
  ADDRESS_TAKEN: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Stop the process that is named, or choose another port or workspace.",
  },
  ALREADY_EXISTS: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Pass overwrite: true, or choose another path.",
  },
  LIMIT_EXCEEDED: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "Reduce the size, or raise the limit in the capability's spec.",
  },
  TOO_MANY: {
    category: "VALIDATION_ERROR",
    retryable: true,
    hint: "End some of what is open, or ask again later.",
  },
  CONTENT_INVALID: {
    category: "VALIDATION_ERROR",
    retryable: false,
    hint: "The content is not of the expected format; see the message for the place.",
  },
  // What is not there
  FILE_NOT_FOUND: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "Check the path; it is relative to the workspace.",
  },
  CAPABILITY_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun list` shows every capability.",
  },
  WORKFLOW_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun list workflows` shows every workflow; a file is given by its path.",
  },
  RUN_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun runs` shows the runs of this workspace.",
  },
  ENTRY_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun audit log` shows the entries; the newest has the highest number.",
  },
  APPROVAL_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun approvals` shows what waits for an answer in this workspace.",
  },
  SUBJECT_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun proposals`, `airun pack list` and `airun facade list` show what there is.",
  },
  ENDPOINT_UNKNOWN: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`GET /v1/openapi.json` lists every operation.",
  },
  PREIMAGE_MISSING: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "The stored pre-image is gone or damaged; restore the file from a backup.",
  },
  PLAINTEXT_ERASED: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "The value was erased on request; the run cannot go on without it.",
  },
  SECRET_UNAVAILABLE: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "`airun secrets set NAME --host HOST` keeps it; `airun secrets list` shows what there is.",
  },
  ASSETS_INCOMPLETE: {
    category: "RESOURCE_NOT_FOUND",
    retryable: false,
    hint: "Complete the directory, or unset AI_FIRST_ASSETS_DIR / AI_FIRST_SPECS_DIR.",
  },
  // What is not allowed
  PATH_REFUSED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Use a plain relative path inside the workspace.",
  },
  EGRESS_REFUSED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Only public http(s) hosts that the capability allows can be reached.",
  },
  PROCESS_REFUSED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Only the commands on the capability's allow-list can be started.",
  },
  EFFECT_UNDECLARED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Declare the side effect in the capability's spec.",
  },
  OS_PERMISSION: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Give this user the right to the file or directory, or choose another.",
  },
  DENIED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "The policy or an approver refused this action.",
  },
  APPROVAL_LIMIT: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Answer what is open (`airun approvals`), or wait; the constitution's `asks` says how many are too many.",
  },
  PROPOSAL_NOT_EXECUTABLE: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "A proposal must be reviewed and approved before it can run.",
  },
  NOT_ACTIVE: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Only what an ACTIVE pack contains can run; `airun pack list` shows the packs.",
  },
  DRIFTED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Restore what was approved, or propose what lies there now with `airun propose`.",
  },
  SUSPENDED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Look at what happened; an admin reinstates it with `airun pack reinstate`.",
  },
  NOT_AUTHORIZED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "`airun principals` shows who has which role; somebody else may have to do it.",
  },
  UNAUTHENTICATED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Send `Authorization: Bearer TOKEN`; `airun up` says where the token lies.",
  },
  REQUEST_REFUSED: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Address the server by the name that it printed, and from no page of another site.",
  },
  CONSTITUTION_VIOLATION: {
    category: "CONSTITUTION_VIOLATION",
    retryable: false,
    hint: "The constitution forbids this action; `airun policy explain` names the rule.",
  },
  PANIC: {
    category: "CONSTITUTION_VIOLATION",
    retryable: false,
    hint: "`airun panic status` shows what is stopped and why; an admin ends it with `airun panic lift`.",
  },
  CONFINEMENT_UNAVAILABLE: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "File effects need Linux with /proc mounted.",
  },
  SANDBOX_UNAVAILABLE: {
    category: "PERMISSION_DENIED",
    retryable: false,
    hint: "Install bubblewrap. For code of packs, AI_FIRST_SANDBOX=node accepts Node's permission model alone, which does not stop the network.",
  },
  // What went wrong outside
  TIMED_OUT: {
    category: "TIMEOUT",
    retryable: true,
    hint: "Raise timeout_seconds, or make the step smaller.",
  },
  RUN_TIMED_OUT: {
    category: "TIMEOUT",
    retryable: false,
    hint: "Raise max_execution_time_seconds of the workflow.",
  },
  NETWORK_FAILED: { category: "NETWORK_ERROR", retryable: true, hint: "Check that the host can be reached." },
  SERVICE_FAILED: {
    category: "EXTERNAL_SERVICE_ERROR",
    retryable: true,
    hint: "The other side failed; try again later.",
  },
  SERVICE_REFUSED: {
    category: "EXTERNAL_SERVICE_ERROR",
    retryable: false,
    hint: "The other side refused the request; correct it.",
  },
  PROCESS_FAILED: {
    category: "EXTERNAL_SERVICE_ERROR",
    retryable: false,
    hint: "See stderr in the details.",
  },
  CANCELLED: { category: "CANCELLED", retryable: false, hint: "The run was cancelled on request." },
  // What the runtime itself cannot do now
  LEASE_CONFLICT: {
    category: "INTERNAL_ERROR",
    retryable: true,
    hint: "Another run holds the path; run again.",
  },
  OWNER_LOST: {
    category: "INTERNAL_ERROR",
    retryable: true,
    hint: "Another process owns this run; do nothing.",
  },
  UNDO_CONFLICT: {
    category: "INTERNAL_ERROR",
    retryable: false,
    hint: "Somebody changed the file since. Look at it; then undo with --merge or --force.",
  },
  ROLLBACK_INCOMPLETE: {
    category: "INTERNAL_ERROR",
    retryable: false,
    hint: "`airun show RUN` lists what was and was not restored.",
  },
  LEDGER_UNAVAILABLE: {
    category: "INTERNAL_ERROR",
    retryable: true,
    hint: "Nothing was run. Free the lock or the disk, then try again.",
  },
  LEDGER_CORRUPT: {
    category: "INTERNAL_ERROR",
    retryable: false,
    hint: "Nothing was run. Keep the file as evidence; `airun doctor` tells more.",
  },
  DISK_FULL: {
    category: "INTERNAL_ERROR",
    retryable: true,
    hint: "Free some space, then try again; nothing was half done.",
  },
  RECOVERY_NEEDS_HUMAN: {
    category: "INTERNAL_ERROR",
    retryable: false,
    hint: "Look whether the effect happened, then approve to repeat it or reject to roll back.",
  },
  INTERNAL: {
    category: "INTERNAL_ERROR",
    retryable: false,
    hint: "This is a fault of the runtime; please report it.",
  },
  UNKNOWN: {
    category: "UNKNOWN_ERROR",
    retryable: false,
    hint: "The handler threw something that is not an error of the catalogue.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure as it is stored in the ledger and shown on every surface: data only, without a stack. */
export type Failure = {
  readonly code: ErrorCode;
  readonly category: Category;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details?: unknown;
};

export class RuntimeError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RuntimeError";
    this.code = code;
    this.details = options.details;
  }

  get category(): Category {
    return ERRORS[this.code].category;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

/** The failure as data. A thrown value that is no `RuntimeError` becomes UNKNOWN and keeps only its message. */
export function toFailure(thrown: unknown): Failure {
  const error = thrown instanceof RuntimeError ? thrown : fromSystem(thrown);
  const { category, retryable, hint } = ERRORS[error.code];
  const failure = { code: error.code, category, message: error.message, hint, retryable };
  return error.details === undefined ? failure : { ...failure, details: error.details };
}

/**
 * The catalogue's error for a system error (`ENOSPC`, `EACCES`, …), with the original as its cause. `what` names
 * the thing in the caller's own words, because the system's message may hold a descriptor path.
 */
export function fromSystem(thrown: unknown, what?: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  const systemCode = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const code = SYSTEM_ERRORS[systemCode] ?? "UNKNOWN";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RuntimeError(code, what === undefined ? message : `${what}: ${systemCode || message}`, {
    cause: thrown,
  });
}
