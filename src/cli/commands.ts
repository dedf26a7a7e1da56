import type { CommandSpec } from "./command-spec.ts";
import { LEDGER_COMMANDS } from "./commands-ledger.ts";
import { MACHINE_COMMANDS } from "./commands-machine.ts";
import { RUN_COMMANDS } from "./commands-run.ts";
import { SPEC_COMMANDS } from "./commands-spec.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...RUN_COMMANDS,
  ...SPEC_COMMANDS,
  ...LEDGER_COMMANDS,
  ...MACHINE_COMMANDS,
];
