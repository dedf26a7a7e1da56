import type { Principal } from "../contract/principal.ts";
import type { Policies } from "../governance/constitution/activation.ts";
import type { Governance } from "../governance/governance.ts";
import type { Control } from "../workflow/control.ts";
import type { Panel, Runtime } from "../workflow/runtime.ts";
import type { RunState } from "../workflow/state.ts";

/** An installation with one of its workspaces, open for many principals at once. */
export type Station = {
  readonly runtime: Runtime;
  /** Where packs and facades lie that came after the package. */
  readonly installed: string;
  readonly governance: Governance;
  readonly policies: Policies;
  /** What can be done in the workspace, for somebody. */
  readonly panelFor: (principal: Principal) => Panel;
  /** The same, for orders that are not waited for. */
  readonly controlFor: (principal: Principal) => Control;
  /** A run as the ledger has it; in the place of each secret stands its seal. @throws RUN_UNKNOWN */
  readonly stateOf: (run: string) => RunState;
};
