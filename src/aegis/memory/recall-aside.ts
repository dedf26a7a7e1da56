import type { SkillMemory } from "../../contract/skill-memory.ts";
import type { GovernanceState } from "../../governance/state.ts";
import { workAside } from "../../ledger/aside.ts";
import type { LedgerFile } from "../../ledger/open-ledger.ts";

export type RecallTask = {
  readonly path: string;
  readonly governance: Pick<GovernanceState, "governed">;
  readonly since: string;
};

const PROGRAM = { name: "recall-worker", directory: import.meta.dirname };

/**
 * What `recall` says, read beside the event loop: at least all that was in the ledger when it was asked for.
 *
 * @throws LEDGER_UNAVAILABLE, LEDGER_CORRUPT
 */
export function recallAside(
  { path, head }: Pick<LedgerFile, "path" | "head">,
  { governed, seq }: GovernanceState,
  since = "",
): Promise<SkillMemory> {
  const task: RecallTask = { path, governance: { governed }, since };
  return workAside(PROGRAM, JSON.stringify([path, head().seq, seq, since]), task);
}
