type AarmTest = {
  readonly id: string;
  readonly level: "MUST" | "SHOULD";
  /** What is done. */
  readonly done: string;
  /** What was seen. */
  readonly seen: string;
};

/** The technical tests of AARM v1.0, and what this runtime does in each. `aarm.test.ts` runs every one of them. */
export const AARM_TESTS: readonly AarmTest[] = [
  row(
    "R1.1",
    "MUST",
    "an action under a DENY policy",
    "not executed; a `step-withheld` entry with its receipt",
  ),
  row(
    "R1.2",
    "MUST",
    "an action under a DEFER condition",
    "suspended without effect; a receipt that says why",
  ),
  row("R1.3", "MUST", "the deciding part is down", "the action fails and a denial is recorded"),
  row("R2.1", "MUST", "a sequence of actions", "the policy sees every earlier action and data class"),
  row(
    "R2.2",
    "SHOULD",
    "an earlier context entry is changed",
    "found by `audit verify` and by `audit replay`",
  ),
  row("R3.1", "MUST", "a forbidden action", "DENY whatever the context"),
  row("R3.2", "MUST", "an allowed action after sensitive data was read", "DENY by context"),
  row("R3.3", "MUST", "a denied action with confirming context", "ALLOW"),
  row("R3.4", "MUST", "conflicting context", "DEFER"),
  row("R4.1", "MUST", "each of the five decisions", "runs, blocks, transforms, pauses, suspends"),
  row("R4.2", "MUST", "STEP_UP that is not answered in time", "DENY"),
  row("R4.3", "MUST", "DEFER that is not resolved in time", "DENY"),
  row(
    "R5.1",
    "MUST",
    "receipts of all five decisions",
    "requester, agent, session, policy version and digest",
  ),
  row("R5.2", "MUST", "a receipt is verified offline", "valid by the checkpoint's Ed25519 signature"),
  row("R5.3", "MUST", "requester or policy digest of a receipt is changed", "invalid"),
  row("R5.4", "MUST", "the receipt of a deferred action", "reason, who resolved it how, and when"),
  row(
    "R6.1",
    "MUST",
    "several principals and sessions",
    "each receipt has its own identity, roles and scopes",
  ),
  row("R6.2", "MUST", "an action is deferred and resolved by another", "the original identity is kept"),
  row("R7.1", "SHOULD", "a sequence goes past a threshold", "escalated to a human"),
  row("R8.1", "SHOULD", "export for a SIEM", "OCSF events, the deferral among them"),
  row("R9.1", "SHOULD", "a read operation tries to write", "refused: its context has no right to"),
];

function row(id: string, level: AarmTest["level"], done: string, seen: string): AarmTest {
  return { id, level, done, seen };
}
