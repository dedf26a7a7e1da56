import type { Ledger } from "../ledger/ledger.ts";
import { itemsOf } from "./stack.ts";
import type { RunState } from "./state.ts";

/** Steps and paths, each once, in the order in which they came. */
export type Inverted = { readonly steps: readonly string[]; readonly paths: readonly string[] };

/** What the newest undo or redo of an ended run carried out; of an undo also the steps that were compensated. */
export function lastInverted(ledger: Pick<Ledger, "entries">, run: string): Inverted {
  const [started] = ledger.entries({ run, types: ["undo-started"], descending: true });
  const steps = new Set<string>();
  const paths = new Set<string>();
  const intended = new Map<number, readonly string[]>();
  if (started === undefined) return { steps: [], paths: [] };
  for (const entry of ledger.entries({
    run,
    types: ["undo-intended", "undo-completed", "step-completed"],
    afterSeq: started.seq,
  })) {
    if (entry.type === "undo-intended")
      intended.set(
        entry.data.of,
        entry.data.changes.map(({ path }) => path),
      );
    else {
      steps.add(entry.step);
      if (entry.type === "undo-completed")
        for (const path of intended.get(entry.data.of) ?? []) paths.add(path);
    }
  }
  return { steps: [...steps], paths: [...paths] };
}

/** Why an ended run, or a step of it, has nothing that could be undone or redone. */
export function whyNothing(
  state: RunState,
  action: "undo" | "redo",
  isWanted: (step: string) => boolean,
): string {
  if (action === "redo")
    return state.phase === "ROLLED_BACK"
      ? "what was compensated is not done again"
      : "nothing of it was taken back";
  if (state.rollback !== null) return "its rollback has taken back what it did";
  const isTakenBack = itemsOf(state.undone).some(({ item }) => isWanted(item.step));
  return isTakenBack || state.phase === "ROLLED_BACK"
    ? "that was taken back already"
    : "nothing was changed that would have to be taken back";
}
