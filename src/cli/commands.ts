import type { CommandSpec } from "./command-spec.ts";
import { AEGIS_COMMANDS } from "./commands-aegis.ts";
import { APPROVAL_COMMANDS } from "./commands-approval.ts";
import { BRIDGE_COMMANDS } from "./commands-bridge.ts";
import { GOVERNANCE_COMMANDS } from "./commands-governance.ts";
import { IMPORT_COMMANDS } from "./commands-import.ts";
import { LEDGER_COMMANDS } from "./commands-ledger.ts";
import { MACHINE_COMMANDS } from "./commands-machine.ts";
import { PANIC_COMMANDS } from "./commands-panic.ts";
import { POLICY_COMMANDS } from "./commands-policy.ts";
import { RUN_COMMANDS } from "./commands-run.ts";
import { SPEC_COMMANDS } from "./commands-spec.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...RUN_COMMANDS,
  ...APPROVAL_COMMANDS,
  ...SPEC_COMMANDS,
  ...GOVERNANCE_COMMANDS,
  ...IMPORT_COMMANDS,
  ...PANIC_COMMANDS,
  ...POLICY_COMMANDS,
  ...AEGIS_COMMANDS,
  ...LEDGER_COMMANDS,
  ...BRIDGE_COMMANDS,
  ...MACHINE_COMMANDS,
];
