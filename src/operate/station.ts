import type { Principal } from "../contract/principal.ts";
import type { Policies } from "../governance/constitution/activation.ts";
import type { Governance } from "../governance/governance.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Control } from "../workflow/control.ts";
import type { Panel, Runtime } from "../workflow/runtime.ts";
import type { RunState } from "../workflow/state.ts";

/** The governance chain of an installation, and what it decides about. */
export type Chain = {
  /** Where packs and facades lie that came after the package. */
  readonly installed: string;
  readonly keys: Keys;
  /** The home's own. */
  readonly ledger: Ledger;
  readonly governance: Governance;
  readonly policies: Policies;
  readonly registry: Registry;
};

/** An installation with one of its workspaces, open for many principals at once. */
export type Station = {
  readonly runtime: Runtime;
  readonly chain: Chain;
  /** Where policies, specs and packs lie: no effect changes them. */
  readonly ruleRoots: readonly string[];
  /** What can be done in the workspace, for somebody. */
  readonly panelFor: (principal: Principal) => Panel;
  /** The same, for orders that are not waited for. */
  readonly controlFor: (principal: Principal) => Control;
  /** A run as the ledger has it; in the place of each secret stands its seal. @throws RUN_UNKNOWN */
  readonly stateOf: (run: string) => RunState;
};
