import type { Entry, EventOf } from "../contract/entry.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Change } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { carryOut, invert, type Standing, survey } from "../workspace/carry-out.ts";
import { sameContent } from "../workspace/observe.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Emit } from "./emit.ts";
import { mergeStandings } from "./merge.ts";
import { conflict } from "./undo-conflict.ts";

export type UndoMode = EventOf<"undo-intended">["data"]["mode"];

export type UndoRequest = {
  /** Sequence number of the effect-intended entry to take back, or of an undo-intended one to redo. */
  readonly of: number;
  readonly mode: UndoMode;
  /** The effect may have stopped half way: recovery, or an attempt that failed. */
  readonly unfinished: boolean;
};

export type Undone = { readonly restored: readonly string[]; readonly kept: readonly string[] };

/**
 * Takes one effect back, or one undo. Nothing is touched unless every path is as the effect left it; what is there
 * now is kept first, so that this can be undone in turn.
 *
 * @throws UNDO_CONFLICT (recorded, and nothing changed) where somebody changed a path since; LEASE_CONFLICT where a run
 * does at this moment; PREIMAGE_MISSING
 */
export async function undoEffect(
  ledger: Ledger,
  workspace: Workspace,
  emit: Emit,
  request: UndoRequest,
): Promise<Undone> {
  const { of, mode } = request;
  const entry = changingEntry(ledger, of);
  try {
    const lookedAfter = ledger.lastSeq();
    const standings = await survey(workspace, invert(entry.data.changes), true);
    const conflicts = standings.filter(
      ({ at }) => at === "elsewhere" || (at === "between" && !request.unfinished),
    );
    const resolved = await resolveConflicts(workspace, standings, conflicts, mode);
    const changes = resolved.map(({ change, present }): Change => ({ ...change, before: present }));
    if (standings.every(({ at }) => at === "after")) return await complete(emit, entry, of, []);
    const data = { of, mode, changes, lookedAfter };
    await emit({ type: "undo-intended", run: entry.run, step: entry.step, data });
    return await complete(emit, entry, of, await carryOut(workspace, changes), changes);
  } catch (error) {
    await emit({
      type: "undo-refused",
      run: entry.run,
      step: entry.step,
      data: { of, failure: toFailure(error) },
    });
    throw error;
  }
}

/**
 * Looks, before several effects are taken back in this order, whether each path is as the newest of them left it.
 *
 * @throws UNDO_CONFLICT naming every path that is not
 */
export async function checkUndoable(
  { ledger, workspace }: { ledger: Ledger; workspace: Workspace },
  effects: readonly number[],
): Promise<void> {
  const seen = new Set<string>();
  const conflicts: Standing[] = [];
  for (const of of effects) {
    const changes = invert(changingEntry(ledger, of).data.changes).filter(({ path }) => !seen.has(path));
    for (const { path } of changes) seen.add(path);
    const standings = await survey(workspace, changes, false);
    conflicts.push(...standings.filter(({ at }) => at === "elsewhere" || at === "between"));
  }
  if (conflicts.length > 0) throw conflict(conflicts);
}

/** Goes on with an undo that was intended and, before a crash, not completed. @throws UNDO_CONFLICT */
export async function finishUndo(
  workspace: Workspace,
  emit: Emit,
  intended: Entry<EventOf<"undo-intended">>,
): Promise<Undone> {
  const { of, changes } = intended.data;
  try {
    const standings = await survey(workspace, changes, false);
    const foreign = standings.filter(({ at }) => at === "elsewhere");
    if (foreign.length > 0) throw conflict(foreign);
    // A move that is done is not done again: what it gave way to lies in its old place by now, and would go the same way.
    const isDone = standings.every(({ change, present }) => sameContent(present, change.after));
    const kept = isDone ? [] : await carryOut(workspace, changes);
    return await complete(emit, intended, of, kept, changes);
  } catch (error) {
    await emit({
      type: "undo-refused",
      run: intended.run,
      step: intended.step,
      data: { of, failure: toFailure(error) },
    });
    throw error;
  }
}

async function complete(
  emit: Emit,
  { run, step }: { run: string; step: string },
  of: number,
  kept: readonly string[],
  changes: readonly Change[] = [],
): Promise<Undone> {
  await emit({ type: "undo-completed", run, step, data: { of, kept: [...kept] } });
  return { restored: changes.map(({ path }) => path).filter((path) => !kept.includes(path)), kept };
}

async function resolveConflicts(
  workspace: Workspace,
  standings: readonly Standing[],
  conflicts: readonly Standing[],
  mode: UndoMode,
): Promise<readonly Standing[]> {
  if (conflicts.length === 0 || mode === "force") return standings;
  if (mode === "strict") throw conflict(conflicts);
  return mergeStandings(workspace, standings, conflicts);
}

type ChangingEntry = Entry<EventOf<"effect-intended">> | Entry<EventOf<"undo-intended">>;

function changingEntry(ledger: Ledger, seq: number): ChangingEntry {
  const entry = ledger.entry(seq);
  if (entry?.type === "effect-intended" || entry?.type === "undo-intended") return entry;
  throw new RuntimeError("STATE_CONFLICT", `Ledger entry ${seq} is no effect that could be undone.`);
}
